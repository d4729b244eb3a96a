"""Tests of the policies in fastgw.policies.transform."""

"""Tests of the policies in fastgw.policies.routing."""

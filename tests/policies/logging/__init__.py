"""Tests of the policies in fastgw.policies.flow."""

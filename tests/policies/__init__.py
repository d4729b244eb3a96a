"""Tests of the policies, and of the cases in tests/cases."""

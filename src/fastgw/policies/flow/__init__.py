"""Policies that decide which other policies run."""

"""Policies that record something and change nothing."""

"""Policies that call other services."""

"""Policies that choose the backend and call it."""

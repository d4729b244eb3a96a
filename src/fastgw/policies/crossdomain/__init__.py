"""Policies for callers from other origins."""

"""Tests of the TLS room."""

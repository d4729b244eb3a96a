"""Configurations of the gateways that are compared, as templates for `loadtests/templates.py`."""

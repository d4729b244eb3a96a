"""Tests of what the gateway says about itself."""

"""Tests of the Liquid templates."""

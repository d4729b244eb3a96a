"""Policies about who may call and with which credentials."""

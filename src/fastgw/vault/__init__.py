"""Certificates and named values that live in Azure Key Vault.

A process of its own asks the vaults (`reading`, `client`) and tells the master what it has read; the master
puts the values into the configuration (`secrets`). No worker ever talks to a vault, and no value is ever
written to a disk.
"""

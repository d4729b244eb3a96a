"""Policy unit tests: cases from YAML, run through the real data plane without a socket and without waiting.

Callers, backends and time are stand-ins; everything between them is what serves production traffic.
"""

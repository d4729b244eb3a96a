"""Whether a chain of certificates is trusted, and why not: paths, their checks, revocation.

Nothing in here opens a connection: what has to be fetched, the caller fetches.
"""

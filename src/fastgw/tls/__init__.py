"""TLS: certificates, the contexts that present and trust them, and words for failed handshakes.

Nothing here opens a socket or reads a file of the configuration: bytes come in, contexts go out.
"""

"""The quick start: its example configuration, its certificates and its backend.

Nothing here is used by `serve`; nothing that it makes outlives the demo.
"""

"""Plain-Python twins of the compiled modules, to be read beside the RFCs; and a wire to run them on.

Nothing here imports a compiled module but `wire`, which only drives it.
"""

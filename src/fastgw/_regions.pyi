# What Python sees of the compiled module of this name; the rest is in its .pxd, for compiled siblings.

from fastgw._exchange import Exchange, LastError

class PartFailed(Exception):
    error: LastError
    answer: tuple[int, str, tuple[tuple[bytes, bytes], ...]]
    def __init__(self, exchange: Exchange) -> None: ...

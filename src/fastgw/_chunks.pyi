# What Python sees of the compiled module of this name; the rest is in its .pxd, for compiled siblings.

from collections.abc import Iterable

class ChunkedDecoder:
    @property
    def complete(self) -> bool: ...

def decode_chunked(pieces: Iterable[bytes]) -> tuple[bytes, bool, bytes] | None: ...

from collections.abc import Iterable

class Affinity:
    name: bytes
    tokens: tuple[bytes, ...]
    def __init__(self, name: bytes, tokens: Iterable[bytes]) -> None: ...

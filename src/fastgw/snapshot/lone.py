"""A policy document in a file, judged on its own with the policies and the expressions of the gateway.

Whatever it names is taken to exist: there are no entities here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fastgw.compiler import ExpressionCompiler
from fastgw.compiler.engine import Expressions
from fastgw.compiler.lone import check_document
from fastgw.errors import Diagnostics, Position
from fastgw.model.policy import PolicySource
from fastgw.model.service_fabric import FabricCall
from fastgw.policies import REGISTRY

# A little more than the largest document may have; the reader says by how much it is too large.
_LARGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class _Anything:
    """A backend, URL or certificate that may exist."""

    id: str
    fabric: bool = True


class _OpenResolver:
    """Finds everything."""

    def backend(self, id: str) -> object | None:
        return _Anything(id)

    def url(self, base_url: str) -> object:
        return _Anything(base_url)

    def fabric_target(self, target: object, call: FabricCall) -> object:
        return target

    def certificate(self, id: str) -> object | None:
        return _Anything(id)

    def thumbprint(self, hex: str) -> object | None:
        return _Anything(hex)

    def recognised(self, id: str) -> object | None:
        return _Anything(id)

    def pfx(self, data: bytes, password: str | None) -> object:
        return _Anything("pfx")


def check_file(path: Path, diagnostics: Diagnostics, expressions: ExpressionCompiler | None = None) -> None:
    """Report everything that is wrong with the document at ``path`` in itself."""
    start = Position(str(path), 1, 1)
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        diagnostics.error(f"cannot be read: {error.strerror}", start)
        return
    if len(data) > _LARGEST:
        diagnostics.error(f"has more than {_LARGEST} bytes, which no policy document may have", start)
        return
    try:
        text = decode(data)
    except UnicodeDecodeError as error:
        name = "UTF-16" if error.encoding.startswith("utf-16") else "UTF-8"
        message = f"is not {name} text: byte {error.start + 1} and what follows is no character"
        diagnostics.error(message, _end_of(str(path), data[: error.start]))
        return
    source = PolicySource(text, str(path), 1, 1, 0)
    check_document(source, REGISTRY, _OpenResolver(), expressions or Expressions(), diagnostics)


def decode(data: bytes) -> str:
    """The text of a document: UTF-8, or UTF-16 with a byte order mark. Raises UnicodeDecodeError."""
    return data.decode("utf-16" if _is_utf16(data) else "utf-8")


def _end_of(file: str, data: bytes) -> Position:
    """The position behind the first bytes of a document."""
    lines = data.decode("utf-16" if _is_utf16(data) else "utf-8", "ignore").removeprefix("\ufeff").split("\n")
    return Position(file, len(lines), len(lines[-1]) + 1)


def _is_utf16(data: bytes) -> bool:
    return data.startswith((b"\xff\xfe", b"\xfe\xff"))

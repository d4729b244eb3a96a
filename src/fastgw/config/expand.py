"""${env:NAME} and ${file:PATH} in the scalars of a configuration.

An expanded text is never looked at again, so that nothing in a secret can name another one, and
never shown: messages name what the author wrote. Must never expand a key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from fastgw.config.nodes import Scalar, resolve
from fastgw.config.source import FilesRead, UnreadableError, decode_neighbour
from fastgw.errors import Diagnostics, Position

LARGEST_EXPANSION: Final = 1024 * 1024
"""Characters that the references of one scalar may stand for."""
LARGEST_TOTAL: Final = 16 * 1024 * 1024
"""Characters that all references of a file may stand for."""

_REFERENCE: Final = re.compile(r"\$(\$\{)|\$\{(?:(env|file):([^{}]*))?(\}?)")
_NAME: Final = re.compile(r"[^\s=\0]+")
_FORMS: Final = "write ${env:NAME} or ${file:PATH}, or $${ where the text itself has ${"


class _WrongError(Exception):
    """A reference stands for nothing; the text says why."""


class Expander:
    """Expands scalars of one file; what is missing is recorded at the scalar's place."""

    def __init__(
        self, file: Path, environ: Mapping[str, str], diagnostics: Diagnostics, files: FilesRead
    ) -> None:
        self._file = file
        self._files = files
        self._environ = environ
        self._diagnostics = diagnostics
        self._total = 0
        self.variables: set[str] = set()
        """The names of the variables that the file has asked for."""

    def __call__(self, scalar: Scalar) -> Scalar:
        """`scalar` with its text expanded; the same one where there is nothing to expand.

        An expanded scalar counts as a number or a boolean where its text is one and the member asks
        for one, quoted or not: `workers: "${env:WORKERS}"` has no other way to say so.
        """
        if "${" not in scalar.raw:
            return scalar
        # A policy document has a language of its own, in which ${ may mean something.
        is_document = scalar.raw.lstrip().startswith("<")
        wrong: dict[str, None] = {}
        size = 0

        def one(found: re.Match[str]) -> str:
            nonlocal size
            if found[1]:
                return found[1]
            if found[2] is None and is_document:
                return found[0]
            if size > LARGEST_EXPANSION or self._total > LARGEST_TOTAL:
                return ""
            try:
                text = self._stands_for(found[2], found[3], bool(found[4]))
                size += len(text)
                self._total += len(text)
                if size > LARGEST_EXPANSION:
                    raise _WrongError(
                        f"the references here stand for more than {LARGEST_EXPANSION >> 20} MiB"
                    )
                if self._total > LARGEST_TOTAL:
                    raise _WrongError(
                        f"the references of the file stand for more than {LARGEST_TOTAL >> 20} MiB"
                    )
            except _WrongError as error:
                wrong[str(error)] = None
                return ""
            return text

        text = _REFERENCE.sub(one, scalar.raw)
        for message in wrong:
            place = Position(str(self._file), scalar.line, scalar.column)
            self._diagnostics.error(message, place)
        if text == scalar.raw:
            return scalar
        if self._total > LARGEST_TOTAL and not wrong:
            # Said already, at the scalar that went beyond it.
            wrong[""] = None
        value = resolve(text)
        # An empty variable is an empty text; only the author can say that there is no value.
        return replace(scalar, text=text, value=text if value is None else value, failed=bool(wrong))

    def _stands_for(self, kind: str | None, name: str, closed: bool) -> str:
        """The text of a reference; raises _WrongError."""
        if kind is None:
            # What follows is not repeated: it may be half of a password.
            raise _WrongError(f"${{ is not followed by env: or file:; {_FORMS}")
        if not closed:
            raise _WrongError(f"${{{kind}:...}} lacks its closing brace")
        return self._variable(name) if kind == "env" else self._content(name)

    def _variable(self, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise _WrongError("${env:...} must name an environment variable")
        self.variables.add(name)
        text = self._environ.get(name)
        if text is None:
            raise _WrongError(f"the environment has no variable {name} (${{env:{name}}})")
        try:
            text.encode()
        except UnicodeEncodeError:
            raise _WrongError(f"the environment variable {name} is not UTF-8 (${{env:{name}}})") from None
        return text

    def _content(self, name: str) -> str:
        if not name.strip():
            raise _WrongError("${file:...} must name a file")
        try:
            text = decode_neighbour(self._files.read(self._file.parent / name))
        except UnreadableError as error:
            raise _WrongError(f"the file {name} {error} (${{file:{name}}})") from None
        return text[:-2] if text.endswith("\r\n") else text.removesuffix("\n")


def _too_much(most: int) -> str:
    return f"stand for more than {most >> 20} MiB"

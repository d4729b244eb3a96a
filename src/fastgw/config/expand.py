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
from fastgw.config.source import UnreadableError, read_neighbour_text
from fastgw.errors import Diagnostics, Position

_REFERENCE: Final = re.compile(r"\$(\$\{)|\$\{(env|file):([^{}]*)(\}?)")
_NAME: Final = re.compile(r"[^\s=\0]+")


class Expander:
    """Expands scalars of one file; what is missing is recorded at the scalar's place."""

    def __init__(self, file: Path, environ: Mapping[str, str], diagnostics: Diagnostics) -> None:
        self._file = file
        self._environ = environ
        self._diagnostics = diagnostics

    def __call__(self, scalar: Scalar) -> Scalar:
        """`scalar` with its text expanded; the same one where there is nothing to expand.

        An expanded scalar counts as a number or a boolean where its text is one and the member asks
        for one, quoted or not: `workers: "${env:WORKERS}"` has no other way to say so.
        """
        if "${" not in scalar.raw:
            return scalar
        wrong: list[str] = []

        def one(found: re.Match[str]) -> str:
            if found[1]:
                return found[1]
            text = (
                self._look_up(found[2], found[3])
                if found[4]
                else f"${{{found[2]}:...}} lacks its closing brace"
            )
            if isinstance(text, str):
                wrong.append(text)
                return ""
            return text[0]

        text = _REFERENCE.sub(one, scalar.raw)
        for message in wrong:
            place = Position(str(self._file), scalar.line, scalar.column)
            self._diagnostics.error(message, place)
        if text == scalar.raw:
            return scalar
        value = resolve(text)
        # An empty variable is an empty text; only the author can say that there is no value.
        return replace(scalar, text=text, value=text if value is None else value, failed=bool(wrong))

    def _look_up(self, kind: str, name: str) -> tuple[str] | str:
        """The text in a tuple, or a message that says why there is none."""
        if kind == "env":
            if not _NAME.fullmatch(name):
                return "${env:...} must name an environment variable"
            if name not in self._environ:
                return f"the environment has no variable {name} (${{env:{name}}})"
            return (self._environ[name],)
        if not name.strip():
            return "${file:...} must name a file"
        try:
            text = read_neighbour_text(self._file.parent / name)
        except UnreadableError as error:
            return f"the file {name} {error} (${{file:{name}}})"
        return (text[:-2] if text.endswith("\r\n") else text.removesuffix("\n"),)

"""Nodes of the file -> records, with every finding at the author's place.

One reader for all kinds: what differs between them stands in the models, in `later` and in the
small hooks for what a file may say instead of a value (a path for a policy, for a certificate).
Must never repeat an expanded value in a message, and never check references between entities.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from collections.abc import Sequence as Listed
from pathlib import Path as FilePath
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from fastgw.config import later
from fastgw.config.messages import Path, explain, member, without_indices
from fastgw.config.nodes import Mapping, Node, Scalar, Sequence, speakable
from fastgw.config.shape import is_named, is_text, members, nested
from fastgw.config.source import LARGEST_POLICY, FilesRead, UnreadableError, read_neighbour_text
from fastgw.errors import MOST_FINDINGS, Diagnostics, Position
from fastgw.model import PolicySource, Record

R = TypeVar("R", bound=Record)


Hook = Callable[["EntityReader", Mapping, dict[str, Any], str | None], None]


class EntityReader:
    """Reads entities of one file; what is wrong goes to `diagnostics`."""

    def __init__(self, file: FilePath, diagnostics: Diagnostics, files: FilesRead) -> None:
        self._file = file
        self._files = files
        self._diagnostics = diagnostics

    # --- what callers use

    def read(
        self,
        model: type[R],
        kind: str,
        entity: str | None,
        node: Node,
        hook: Hook | None = None,
        apart: frozenset[str] = frozenset(),
    ) -> R | None:
        """The record that `node` describes, or None where an error was recorded for it.

        `hook` may put into the data what the file says by other means, before it is validated; the
        members `apart` are left to it altogether.
        """
        before = self._diagnostics.error_count
        if not isinstance(node, Mapping):
            self.error("must be a mapping", node, entity)
            return None
        data = self._data(model, kind, entity, node, (), apart)
        if hook:
            hook(self, node, data, entity)
        try:
            record = model.model_validate(data)
        except ValidationError as error:
            # Not chained: the exception of pydantic carries the input.
            found = error.errors(include_url=False)
            record = None
        else:
            found = []
        self._report(kind, entity, node, found)
        return record if self._diagnostics.error_count == before else None

    def entries(self, node: Node | None, key: str, entity: str | None = None) -> Listed[Node]:
        """The items of a section of the file; empty where it is absent or null."""
        if node is None or is_null(node):
            return ()
        if not isinstance(node, Sequence):
            self.error(f"`{key}` must be a list", node, entity)
            return ()
        return node.items

    def policy(self, node: Node | None, name: str, entity: str | None) -> PolicySource | None:
        """The document that a `policy` member holds or names; None where it is absent or unusable."""
        if node is None or is_null(node):
            return None
        if not isinstance(node, Scalar):
            self.error(f"`{name}` must be a path, or the document as a block", node, entity)
        elif not node.failed:
            if node.text.lstrip().startswith("<"):
                return self._document(node, name, entity)
            return self.policy_file(node, name, entity)
        return None

    def policy_file(self, node: Scalar, name: str, entity: str | None) -> PolicySource | None:
        """The document in the file that `node` names."""
        path = self._path(node, name, entity)
        if path is None:
            return None
        try:
            text = read_neighbour_text(path, LARGEST_POLICY)
        except UnreadableError as error:
            self.error(f"`{name}`: the file {node.raw.strip()} {error}", node, entity)
            return None
        return PolicySource(text, str(path), 1, 1, 0)

    def file_bytes(self, node: Scalar, name: str, entity: str | None) -> bytes | None:
        """The content of a certificate's file that `node` names, which may not be empty."""
        path = self._path(node, name, entity)
        if path is None:
            return None
        try:
            data = self._files.read(path)
            if not data:
                raise UnreadableError("is empty")
        except UnreadableError as error:
            self.error(f"`{name}`: the file {node.raw.strip()} {error}", node, entity)
            return None
        return data

    def error(self, message: str, node: Node, entity: str | None) -> None:
        """Record an error at the place of `node`."""
        self._diagnostics.error(message, self.position(node), entity)

    def warning(self, message: str, node: Node, entity: str | None) -> None:
        """Record a warning at the place of `node`."""
        self._diagnostics.warning(message, self.position(node), entity)

    def position(self, node: Node) -> Position:
        """The place of `node`."""
        return Position(str(self._file), node.line, node.column)

    def is_full(self) -> bool:
        """Whether so much is wrong that nobody would read more."""
        return len(self._diagnostics) >= MOST_FINDINGS

    def keys(
        self, node: Mapping, known: Iterable[str], kind: str, entity: str | None, path: Path
    ) -> list[tuple[str, Node]]:
        """The members of `node` that are known and given; the others are recorded as errors.

        Null is the same as an absent member, as it is in the REST contracts.
        """
        names = tuple(known)
        later_here = later.MEMBERS.get(kind, {})
        given = []
        for entry in node.entries:
            if self.is_full():
                break
            plain = without_indices((*path, entry.key))
            if entry.key in names:
                if not is_null(entry.value):
                    given.append((entry.key, entry.value))
            elif plain in later_here:
                if not holds_nothing(entry.value):
                    said = f"`{member((*path, entry.key))}` is not supported yet; {later_here[plain]}"
                    self._diagnostics.error(said, Position(str(self._file), entry.line, entry.column), entity)
            else:
                # Those that come later are suggested too: the next message then says so.
                near = _nearest(entry.key, (*names, *_direct(later_here, without_indices(path))))
                said = f"{speakable(entry.key)} is not known here" + (
                    f"; did you mean `{near}`?" if near else ""
                )
                self._diagnostics.error(said, Position(str(self._file), entry.line, entry.column), entity)
        return given

    # --- from here on, helpers

    def _data(
        self,
        model: type[Record],
        kind: str,
        entity: str | None,
        node: Mapping,
        path: Path,
        apart: frozenset[str] = frozenset(),
    ) -> dict[str, Any]:
        shape = members(model)
        data: dict[str, Any] = {}
        for key, value in self.keys(node, shape, kind, entity, path):
            if key in apart:
                continue
            inner = nested(shape[key])
            if inner is not None and is_named(shape[key]) and isinstance(value, Mapping):
                data[key] = {
                    entry.key: self._value(entry.value, inner, False, kind, entity, (*path, key, entry.key))
                    for entry in value.entries
                }
                continue
            data[key] = self._value(value, inner, is_text(shape[key]), kind, entity, (*path, key))
        return data

    def _value(
        self, node: Node, model: type[Record] | None, text: bool, kind: str, entity: str | None, path: Path
    ) -> Any:
        if isinstance(node, Scalar):
            return node.text if text and node.value is not None else node.value
        if isinstance(node, Sequence):
            return tuple(
                self._value(item, model, text, kind, entity, (*path, index))
                for index, item in enumerate(node.items)
            )
        if not isinstance(node, Mapping):
            raise TypeError(type(node).__name__)
        if model is not None:
            return self._data(model, kind, entity, node, path)
        return {
            entry.key: self._value(entry.value, None, text, kind, entity, (*path, entry.key))
            for entry in node.entries
        }

    def _report(self, kind: str, entity: str | None, node: Mapping, found: Listed[Any]) -> None:
        bad_id = any(error["loc"][:1] == ("id",) for error in found)
        for error in found:
            if self.is_full():
                return
            place, path = _walk(node, error["loc"])
            if isinstance(place, Scalar) and place.failed:
                continue
            if error["type"] == "too_short" and any(_is_below(other["loc"], error["loc"]) for other in found):
                # Pydantic counts valid items only; the others have errors of their own.
                continue
            if bad_id and error["loc"] == ("displayName",) and node.get("displayName") is None:
                continue
            self.error(explain(kind, path, error), place, entity)

    def _document(self, node: Scalar, name: str, entity: str | None) -> PolicySource | None:
        if len(node.text.encode("utf-8", "replace")) > LARGEST_POLICY:
            self.error(f"`{name}` is larger than {LARGEST_POLICY // 1024} KiB", node, entity)
            return None
        file = str(self._file)
        if node.text != node.raw:
            return PolicySource(node.text, file, node.line, node.column, 0, exact=False, expanded=True)
        if node.content:
            line, column = node.content
            return PolicySource(node.text, file, line, column, column - 1)
        one_line = node.end_line == node.line and "\n" not in node.text
        if one_line and node.style == "":
            return PolicySource(node.text, file, node.line, node.column, 0)
        return PolicySource(node.text, file, node.line, node.column, 0, exact=False)

    def _path(self, node: Scalar, name: str, entity: str | None) -> FilePath | None:
        if node.failed:
            return None
        text = node.text.strip()
        if not text or "\n" in text or "\0" in text:
            self.error(f"`{name}` must name a file", node, entity)
            return None
        return self._file.parent / text


def is_null(node: Node) -> bool:
    """Whether the author wrote nothing, or null."""
    return isinstance(node, Scalar) and node.value is None


def holds_nothing(node: Node) -> bool:
    """Whether a member says that there is none of it, as exporting tools do."""
    return is_null(node) or (isinstance(node, Sequence) and not node.items)


def label(kind: str, node: Node, name: str, index: int) -> str:
    """How messages call an entity: `backend orders`, or `backend number 2` where it has no usable name.

    The author's text is used, not what it expands to.
    """
    found = node.get(name) if isinstance(node, Mapping) else None
    if isinstance(found, Scalar) and found.raw.strip() and found.raw.isprintable() and len(found.raw) <= 300:
        return f"{kind} {found.raw}"
    return f"{kind} number {index + 1}"


# Members that are unions -> the names of pydantic's branches, which are no members.
_BRANCHES: Final[dict[str | int, tuple[str, ...]]] = {
    "management": ("address", "off"),
    "revocation": ("settings", "word"),
}


def _walk(node: Node, loc: Iterable[str | int]) -> tuple[Node, Path]:
    """The node at pydantic's `loc` or its nearest ancestor, and `loc` without the names of branches."""
    path: list[str | int] = []
    here: Node | None = node
    place = node
    for step in loc:
        if (
            len(path) == 1
            and step in _BRANCHES.get(path[0], ())
            and isinstance(here, (Mapping, Sequence, Scalar))
        ):
            continue
        path.append(step)
        if isinstance(here, Mapping) and isinstance(step, str):
            here = here.get(step)
        elif isinstance(here, Sequence) and isinstance(step, int) and step < len(here.items):
            here = here.items[step]
        else:
            here = None
        place = here or place
    return place, tuple(path)


def _is_below(loc: Path, above: Path) -> bool:
    return len(loc) > len(above) and loc[: len(above)] == above


def _direct(table: Iterable[str], parent: str) -> list[str]:
    """The members of `table` that belong to `parent` itself, by their last name."""
    split = [name.rpartition(".") for name in table]
    return [last for above, _, last in split if above == parent]


def _nearest(key: str, names: Iterable[str]) -> str | None:
    by_small = {name.lower(): name for name in names}
    found = difflib.get_close_matches(key.lower()[:64], by_small, n=1, cutoff=0.6)
    return by_small[found[0]] if found else None

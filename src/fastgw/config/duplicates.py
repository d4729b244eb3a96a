"""What may not be given twice: ids, names, paths, addresses, all compared without regard to case.

Works on the nodes, so that each error can point at both places. Must never look at a record.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence as Listed

from fastgw.config.entities import EntityReader, label
from fastgw.config.nodes import Mapping, Node, Scalar

Found = tuple[str, Node]
"""A text that must differ, and where it stands."""


def no_two(
    reader: EntityReader,
    items: Listed[Node],
    kind: str,
    what: str,
    of: Callable[[Node], Found | None],
    called: Callable[[Node, int], str],
) -> None:
    """An error at each item whose text an earlier item has; it names the place of the earlier one."""
    seen: dict[str, Node] = {}
    for index, item in enumerate(items):
        found = of(item)
        if found is None or reader.is_full():
            continue
        text, place = found
        first = seen.setdefault(text.casefold(), place)
        if first is not place:
            message = f"another {kind} has the same {what}, at {reader.position(first)}"
            reader.error(message, place, called(item, index))


def text_of(name: str) -> Callable[[Node], Found | None]:
    """Finds the text of the member `name`."""

    def of(item: Node) -> Found | None:
        found = _scalar(item, name)
        return (found.text, found) if found else None

    return of


def request_line(item: Node) -> Found | None:
    """The method and URL template of an operation."""
    method, template = _scalar(item, "method"), _scalar(item, "urlTemplate")
    return (f"{method.text} {template.text}", template) if method and template else None


def no_two_names(reader: EntityReader, items: Listed[Node]) -> None:
    """Errors where two named values have one display name; equal ids are reported elsewhere."""
    seen_ids: set[str] = set()
    unique: list[Node] = []
    for item in items:
        name = _scalar(item, "id")
        small = name.text.casefold() if name else None
        if small is None or small not in seen_ids:
            unique.append(item)
        if small is not None:
            seen_ids.add(small)

    def of(item: Node) -> Found | None:
        found = _scalar(item, "displayName") or _scalar(item, "id")
        return (found.text, found) if found else None

    def called(item: Node, _: int) -> str:
        return label("named value", item, "id", items.index(item))

    no_two(reader, unique, "named value", "displayName", of, called)


def fixed_address(listener: Node) -> Found | None:
    """The address of a listener, unless the system picks its port."""
    found = _scalar(listener, "url")
    text = found.text.rstrip("/") if found else ""
    return (text.partition("://")[2], found) if found and not text.endswith(":0") else None


def _scalar(node: Node, name: str) -> Scalar | None:
    found = node.get(name) if isinstance(node, Mapping) else None
    return found if isinstance(found, Scalar) and found.value is not None and not found.failed else None

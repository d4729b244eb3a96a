"""What may not be given twice: ids, names, paths, addresses, all compared without regard to case.

Works on the nodes, so that each error can point at both places. Must never look at a record.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence as Listed

from fastgw.config.entities import EntityReader, label
from fastgw.config.nodes import Mapping, Node, Scalar, Sequence
from fastgw.errors import UsageError
from fastgw.settings import DEFAULT_MANAGEMENT, Endpoint, clash, parse_endpoint

Found = tuple[str, Node]
"""A text that must differ, and where it stands."""

_DEFAULT_LISTENER = Endpoint("http", "127.0.0.1", 8080)


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


def no_clash(reader: EntityReader, gateway: Node) -> None:
    """Errors where listeners, or one of them and management, cannot be bound together."""
    listeners = gateway.get("listeners") if isinstance(gateway, Mapping) else None
    items = listeners.items if isinstance(listeners, Sequence) else ()
    known: list[tuple[Endpoint, Node]] = []
    for item in items:
        found = _scalar(item, "url")
        endpoint = _endpoint(found.text) if found else None
        if found is None or endpoint is None or reader.is_full():
            continue
        for former, place in known:
            if clash(endpoint, former):
                same = "has the same address" if former.host == endpoint.host else "takes this address too"
                reader.error(f"another listener {same}, at {reader.position(place)}", found, "gateway")
                break
        known.append((endpoint, found))
    management, place_of_management = _management(gateway)
    if management is None or reader.is_full():
        return
    if place_of_management is not None and listeners is None and clash(management, _DEFAULT_LISTENER):
        message = f"the listener that is used where none is given, {_DEFAULT_LISTENER.url}, has this address"
        reader.error(message, place_of_management, "gateway")
    for endpoint, place in known:
        if not clash(management, endpoint):
            continue
        if place_of_management is not None:
            message = f"a listener takes this address too, at {reader.position(place)}"
            reader.error(message, place_of_management, "gateway")
        else:
            message = f"management takes this address, {management.url} where `management` says nothing else"
            reader.error(f"{message}; move one of them or write `management: off`", place, "gateway")
        return


def _management(gateway: Node) -> tuple[Endpoint | None, Node | None]:
    """The address of management and where it stands, without a place where it is the default."""
    given = gateway.get("management") if isinstance(gateway, Mapping) else None
    if given is None or (isinstance(given, Scalar) and given.value is None):
        return _endpoint(DEFAULT_MANAGEMENT), None
    if not isinstance(given, Mapping):
        return None, None
    url = given.get("url")
    if url is None or (isinstance(url, Scalar) and url.value is None):
        return _endpoint(DEFAULT_MANAGEMENT), given
    found = _scalar(given, "url")
    return (_endpoint(found.text), found) if found else (None, None)


def _endpoint(text: str) -> Endpoint | None:
    """The address that a URL names; None where it is wrong, which is said elsewhere."""
    try:
        return parse_endpoint(text, "url")
    except UsageError:
        return None


def _scalar(node: Node, name: str) -> Scalar | None:
    found = node.get(name) if isinstance(node, Mapping) else None
    return found if isinstance(found, Scalar) and found.value is not None and not found.failed else None

"""docs/architecture.md lists exactly the rooms of the code."""

from __future__ import annotations

import re

from tests.docs.blocks import ROOT, quoted, rows, sections


def test_every_room_is_listed_and_no_other() -> None:
    source = ROOT / "src" / "fastgw"
    real = {path.name for path in source.iterdir() if (path / "__init__.py").exists()}
    real |= {path.stem for path in source.iterdir() if path.suffix in {".py", ".pyx"}}
    real -= {"__init__", "__main__"}
    listed = {quoted(cells[1])[0] for cells in rows(sections("docs/architecture.md")["Rooms"], "layer")}
    assert listed == real


def test_rooms_import_from_their_own_layer_or_a_lower_one() -> None:
    listed = list(rows(sections("docs/architecture.md")["Rooms"], "layer"))
    layers = {quoted(cells[1])[0]: int(cells[0]) for cells in listed}
    wrong = []
    for path in sorted((ROOT / "src" / "fastgw").rglob("*")):
        if path.suffix not in {".py", ".pyx", ".pxd"}:
            continue
        room = path.relative_to(ROOT / "src" / "fastgw").parts[0].split(".")[0]
        if room in {"__init__", "__main__"}:
            continue
        for line in path.read_text().splitlines():
            found = re.match(r"\s*(?:from|c?import) fastgw(?:\.(\w+)| c?import (\w+))", line)
            imported = (found[1] or found[2]) if found else None
            if imported is not None and layers.get(imported, 0) > layers[room]:
                wrong.append(f"{room} imports {imported}: {line.strip()}")
    assert wrong == []

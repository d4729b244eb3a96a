"""Draws the figures of a run as bars, one panel per scenario, into PNG and SVG. Needs matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from loadtests import handshakes
from loadtests.measure import REQUESTS, Result
from loadtests.report import figure
from loadtests.scenarios import SCENARIOS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OWN = "fastgw"
_OWN_COLOUR, _PEER_COLOUR, _ERROR_COLOUR = "#d9622b", "#8aa1b4", "#333333"
_MODE_COLOURS = ("#c9ced3", "#33608c", "#8fb3d4", "#2f7d5b", "#93c9ae")


def draw(results: Sequence[Result], stem: Path, caption: str) -> list[Path]:
    """Writes `stem`.png and `stem`.svg. ImportError without matplotlib; [] when nothing was measured."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    scenarios = list(dict.fromkeys(result.scenario for result in results if result.rounds))
    if not scenarios:
        return []
    columns = min(2, len(scenarios))
    lines = (len(scenarios) + columns - 1) // columns
    picture, grid = pyplot.subplots(
        lines, columns, figsize=(6.4 * columns, 3.5 * lines + 0.5), squeeze=False, layout="constrained"
    )
    panels = list(grid.flat)
    for panel, name in zip(panels, scenarios, strict=False):
        rows = [result for result in results if result.scenario == name and result.rounds]
        if name == "handshakes":
            _handshake_panel(panel, rows)
        else:
            _request_panel(panel, rows)
        panel.set_title(f"{name}: {SCENARIOS[name].title}", fontsize=11, loc="left")
        panel.spines[["top", "right"]].set_visible(False)
        panel.set_axisbelow(True)
    for panel in panels[len(scenarios) :]:
        panel.set_axis_off()
    picture.suptitle(f"CPU time of the gateway, lower is better\n{caption}", fontsize=11)
    written = [stem.with_name(stem.name + ending) for ending in (".png", ".svg")]
    for path in written:
        picture.savefig(path, dpi=150)
    pyplot.close(picture)
    return written


def _request_panel(panel: Axes, rows: Sequence[Result]) -> None:
    """Horizontal bars: median, whiskers from the lowest to the highest round."""
    found = [(row.gateway, value) for row in rows if (value := figure(row, REQUESTS)) is not None]
    names = [name for name, _ in found]
    medians = [value.median for _, value in found]
    spans = [
        [value.median - value.low for _, value in found],
        [value.high - value.median for _, value in found],
    ]
    colours = [_OWN_COLOUR if name == OWN else _PEER_COLOUR for name in names]
    bars = panel.barh(names, medians, xerr=spans, color=colours, ecolor=_ERROR_COLOUR, capsize=3, height=0.65)
    panel.bar_label(bars, labels=[f"{value:.1f}" for value in medians], padding=6, fontsize=9)
    panel.invert_yaxis()
    panel.margins(x=0.12)
    panel.set_xlabel("microseconds per request")
    panel.grid(axis="x", alpha=0.3)


def _handshake_panel(panel: Axes, rows: Sequence[Result]) -> None:
    """Grouped bars: one group per gateway, one bar per kind of connection."""
    names = list(handshakes.MODES)
    width = 0.8 / len(names)
    for place, (name, colour) in enumerate(zip(names, _MODE_COLOURS, strict=True)):
        pairs = [(spot, value) for spot, row in enumerate(rows) if (value := figure(row, name)) is not None]
        panel.bar(
            [spot + (place - (len(names) - 1) / 2) * width for spot, _ in pairs],
            [value.median for _, value in pairs],
            width=width,
            color=colour,
            label=name.replace("_", " "),
        )
    panel.set_xticks(range(len(rows)), [row.gateway for row in rows])
    panel.set_ylabel("microseconds per connection")
    panel.legend(fontsize=8, frameon=False, ncols=2)
    panel.margins(y=0.3)
    panel.grid(axis="y", alpha=0.3)

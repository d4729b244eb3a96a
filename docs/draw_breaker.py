"""Draws the state diagram of the circuit breaker from the table that the gateway runs on.

Run it and put its output into docs/resilience.md; a test fails while the two differ.
"""

from __future__ import annotations

from fastgw._core import STATE_NAMES, TRANSITIONS, Action, Event, State

# What changes no state and needs no arrow.
_QUIET = {Action.ALLOW, Action.REFUSE, Action.RAMP, Action.RECORD, Action.IGNORE}

_WORDS = {
    Event.TRY: "a request after the time: it is the trial",
    Event.EXPIRE: "the time is over",
    Event.THRESHOLD: "failures reach the threshold",
    Event.PASS: "the trial succeeds",
    Event.PASS_TO_RAMP: "the trial succeeds, the rule has a ramp",
    Event.FAIL: "the trial fails",
    Event.LOST: "the trial ends without an outcome",
    Event.RESET: "reset by hand",
}


def diagram() -> str:
    """The diagram in Mermaid's language."""
    lines = ["stateDiagram-v2", "    [*] --> closed"]
    for (state, event), (following, action) in TRANSITIONS.items():
        if Action(action) in _QUIET or state == following:
            continue
        here, there = (STATE_NAMES[State(one)].replace("-", "_") for one in (state, following))
        lines.append(f"    {here} --> {there}: {_WORDS[Event(event)]}")
    return "\n".join(lines)


def table() -> str:
    """Every row of the table, as Markdown."""
    rows = ["| state | event | next state | action |", "|---|---|---|---|"]
    for (state, event), (following, action) in TRANSITIONS.items():
        here, there = STATE_NAMES[State(state)], STATE_NAMES[State(following)]
        what, done = Event(event).name.lower().replace("_", " "), Action(action).name.lower()
        rows.append(f"| {here} | {what} | {there} | {done} |")
    return "\n".join(rows)


if __name__ == "__main__":
    print(diagram(), table(), sep="\n\n")

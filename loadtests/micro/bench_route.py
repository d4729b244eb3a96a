"""What a match costs with ten operations and with thousands: `python -m loadtests.micro.bench_route`.

Measured through `Router.find`, the door for Python, which adds about a microsecond of its own for making
bytes and a tuple; the row "refused" shows that part, as nothing is matched there.
"""

from __future__ import annotations

from fastgw._route import Router
from loadtests.micro.timing import cost, table

STEPS = 20_000


class Workload:
    """A router with `count` operations, ten to an API, and requests that go round among 64 of them."""

    def __init__(self, count: int) -> None:
        router = Router()
        paths = []
        for number in range(count):
            if number % 10 == 0:
                api = router.add_api(f"service{number // 10}/v1", 1)
            router.add_operation(api, "GET", f"/things{number % 10}/{{id}}/parts/{{part}}", number)
            paths.append(f"/service{number // 10}/v1/things{number % 10}/4711/parts/42")
        router.freeze()
        self._find = router.find
        self._paths = [paths[at * len(paths) // 64] for at in range(64)]

    def run(self, steps: int) -> None:
        """Match `steps` times."""
        find, paths = self._find, self._paths
        for at in range(steps):
            find(paths[at & 63], "GET")


class Refused(Workload):
    """The same number of calls that end before a match begins."""

    def run(self, steps: int) -> None:
        """Ask `steps` times for what is refused at its first byte."""
        find = self._find
        for _ in range(steps):
            find("service0/v1/things0/4711/parts/42", "GET")


def main() -> None:
    """Print the table."""
    rows = [(f"{count} operations", cost(Workload(count).run, STEPS)) for count in (10, 100, 1000, 5000)]
    rows.append(("refused", cost(Refused(10).run, STEPS)))
    print(table("match of a path of six segments, two of them parameters", rows))


if __name__ == "__main__":
    main()

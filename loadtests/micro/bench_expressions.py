"""What expressions cost that policies really use: `python -m loadtests.micro.bench_expressions`.

One step is one evaluation through the compiled function, as the gateway calls it. The row "constant" is what
entering and leaving costs; what is above it is the expression's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastgw.expr.engine import Wanted, compile_expression
from fastgw.expr.library.context.fixture import context_from
from loadtests.micro.timing import cost, table

STEPS = 20_000

CONTEXT = {
    "request": {
        "method": "GET",
        "url": "http://backend.example/items/7?expand=true",
        "originalUrl": "https://api.example/shop/items/7?expand=true",
        "headers": {
            "Accept": ["application/json"],
            "X-Tenant": ["contoso"],
            "Authorization": ["Bearer abc.def.ghi"],
        },
        "body": {"text": '{"id": 7, "items": [{"n": 1, "q": 2.5}, {"n": 2, "q": 1.0}]}'},
    },
    "variables": {
        "name": {"type": "System.String", "value": "world"},
        "count": {"type": "System.Int32", "value": 3},
        "order": {
            "type": "Newtonsoft.Json.Linq.JObject",
            "value": {"id": "A-1", "lines": [{"amt": 1}, {"amt": 2}]},
        },
    },
}

EXPRESSIONS = [
    ("constant", Wanted.STRING, '@("x")'),
    (
        "header equals",
        Wanted.BOOLEAN,
        '@(context.Request.Headers.GetValueOrDefault("X-Tenant", "") == "contoso")',
    ),
    ("variable as string", Wanted.STRING, '@((string)context.Variables["name"])'),
    ("variable, generic", Wanted.INTEGER, '@(context.Variables.GetValueOrDefault<int>("count", 0))'),
    (
        "concatenation",
        Wanted.STRING,
        '@("/v1/" + context.Request.Method + "/" + (string)context.Variables["name"])',
    ),
    ("interpolation", Wanted.STRING, '@($"{context.Request.Method}:{(int)context.Variables["count"] + 1}")'),
    (
        "part of a header",
        Wanted.STRING,
        "@(context.Request.Headers.GetValueOrDefault(\"Authorization\").Split(' ')[1])",
    ),
    (
        "query parameter",
        Wanted.STRING,
        '@(context.Request.OriginalUrl.Query.GetValueOrDefault("expand", "no"))',
    ),
    ("member of a JObject", Wanted.STRING, '@((string)((JObject)context.Variables["order"])["id"])'),
    ("guarded null", Wanted.STRING, '@(context.User?.Email ?? "anonymous")'),
    ("time", Wanted.STRING, '@(DateTime.UtcNow.AddMinutes(5).ToString("o"))'),
    (
        "linq over JSON",
        Wanted.INTEGER,
        '@(((JObject)context.Variables["order"])["lines"].Sum(l => (int)l["amt"]))',
    ),
    (
        "body of a request",
        Wanted.STRING,
        '@((string)context.Request.Body.As<JObject>(preserveContent: true)["items"][0]["n"])',
    ),
    (
        "block with a new JObject",
        Wanted.STRING,
        '@{ var o = new JObject(); o["a"] = 1; o["b"] = new JArray("x"); return o.ToString(); }',
    ),
    (
        "loop of 100 rounds",
        Wanted.INTEGER,
        "@{ int n = 0; for (int i = 0; i < 100; i++) { n += i * 2; } return n; }",
    ),
]


def workload(source: str, wanted: Wanted) -> Callable[[int], object]:
    """Evaluates the expression so many times."""
    run = compile_expression(source, wanted).run
    context = context_from(CONTEXT)

    def steps(count: int, run: Callable[[Any], object] = run) -> None:
        for _ in range(count):
            run(context)

    return steps


def compiling(count: int) -> None:
    """Compiles all of them, so many times each."""
    for _ in range(count):
        for _, wanted, source in EXPRESSIONS:
            compile_expression(source, wanted)


def main() -> None:
    """Print the tables."""
    rows = [(name, cost(workload(source, wanted), STEPS)) for name, wanted, source in EXPRESSIONS]
    print(table("one evaluation", rows))
    print(table(f"compiling these {len(EXPRESSIONS)} expressions", [("all", cost(compiling, 5))]))


if __name__ == "__main__":
    main()

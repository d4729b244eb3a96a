"""Query syntax as calls of query methods (C# specification, section 12.20.3)."""

from __future__ import annotations

import pytest

from fastgw.expr import nodes
from fastgw.expr.errors import CompileError
from fastgw.expr.parser import parse_expression
from tests.expr.trees import block, expression

# Each query and what it stands for, written as the calls an author would write; `t1` for a name of the query.
SAME = {
    "from x in a select x.b": "a.Select(x => x.b)",
    # Without a clause that makes a call the result must not be the source itself.
    "from x in a select x": "a.Select(x => x)",
    "from x in a where x > b select x": "a.Where(x => x > b)",
    "from x in a where x where b select c": "a.Where(x => x).Where(x => b).Select(x => c)",
    "from x in a orderby x select x": "a.OrderBy(x => x)",
    "from x in a orderby x ascending, b descending, c select x": (
        "a.OrderBy(x => x).ThenByDescending(x => b).ThenBy(x => c)"
    ),
    "from x in a orderby x orderby b descending select x": "a.OrderBy(x => x).OrderByDescending(x => b)",
    "from x in a group x by x.b": "a.GroupBy(x => x.b)",
    "from x in a group x.c by x.b": "a.GroupBy(x => x.b, x => x.c)",
    "from x in a where b group x by x": "a.Where(x => b).GroupBy(x => x)",
    # Types
    "from int x in a select x": "a.Cast<int>().Select(x => x)",
    "from A<B[]> x in a where x select x": "a.Cast<A<B[]>>().Where(x => x)",
    "from x in a from B y in c select y": "a.SelectMany(x => c.Cast<B>(), (x, y) => y)",
    "from x in a join int y in b on x equals y select y": (
        "a.Join(b.Cast<int>(), x => x, y => y, (x, y) => y)"
    ),
    # Several range variables
    "from x in a from y in x.b select x + y": "a.SelectMany(x => x.b, (x, y) => x + y)",
    "from x in a from y in b select x": "a.SelectMany(x => b, (x, y) => x)",
    "from x in a from y in b where x > y select y": (
        "a.SelectMany(x => b, (x, y) => new { x = x, y = y }).Where(t1 => t1.x > t1.y).Select(t1 => t1.y)"
    ),
    "from x in a from y in b from z in y select x + y + z": (
        "a.SelectMany(x => b, (x, y) => new { x = x, y = y })"
        ".SelectMany(t1 => t1.y, (t1, z) => t1.x + t1.y + z)"
    ),
    "from x in a from y in b group x by y": (
        "a.SelectMany(x => b, (x, y) => new { x = x, y = y }).GroupBy(t1 => t1.y, t1 => t1.x)"
    ),
    "from x in a let y = x.b select y + x": "a.Select(x => new { x = x, y = x.b }).Select(t1 => t1.y + t1.x)",
    "from x in a let y = x let z = y select z(x, y)": (
        "a.Select(x => new { x = x, y = x }).Select(t1 => new { t1 = t1, z = t1.y })"
        ".Select(t2 => t2.z(t2.t1.x, t2.t1.y))"
    ),
    "from x in a let y = x select x": "a.Select(x => new { x = x, y = x }).Select(t1 => t1.x)",
    "from x in a let y = x orderby y, x descending select y": (
        "a.Select(x => new { x = x, y = x }).OrderBy(t1 => t1.y).ThenByDescending(t1 => t1.x)"
        ".Select(t1 => t1.y)"
    ),
    # Joins
    "from x in a join y in b on x.k equals y.l select x + y": (
        "a.Join(b, x => x.k, y => y.l, (x, y) => x + y)"
    ),
    "from x in a join y in b on x.k equals y.l where y select x": (
        "a.Join(b, x => x.k, y => y.l, (x, y) => new { x = x, y = y }).Where(t1 => t1.y).Select(t1 => t1.x)"
    ),
    "from x in a join y in b on x equals y into g select g": "a.GroupJoin(b, x => x, y => y, (x, g) => g)",
    "from x in a join y in b on x equals y into g from z in g select z": (
        "a.GroupJoin(b, x => x, y => y, (x, g) => new { x = x, g = g }).SelectMany(t1 => t1.g, (t1, z) => z)"
    ),
    "from x in a let y = x join z in b on y equals z select y + z": (
        "a.Select(x => new { x = x, y = x }).Join(b, t1 => t1.y, z => z, (t1, z) => t1.y + z)"
    ),
    # Continuations
    "from x in a group x by b into g select g.Key": "a.GroupBy(x => b).Select(g => g.Key)",
    "from x in a select x.b into y where y select y": "a.Select(x => x.b).Where(y => y)",
    "from x in a select x into x select x": "a.Select(x => x).Select(x => x)",
    "from x in a let y = x group y by x into y select y": (
        "a.Select(x => new { x = x, y = x }).GroupBy(t1 => t1.x, t1 => t1.y).Select(y => y)"
    ),
    # Queries and lambdas in queries
    "from x in a select (from y in x select y + x)": "a.Select(x => (x.Select(y => y + x)))",
    "from x in a let y = b select (from z in y select z + x)": (
        "a.Select(x => new { x = x, y = b }).Select(t1 => (t1.y.Select(z => z + t1.x)))"
    ),
    "from x in a let y = b select f(z => z + y)": (
        "a.Select(x => new { x = x, y = b }).Select(t1 => f(z => z + t1.y))"
    ),
    "from x in from y in b select y select x": "b.Select(y => y).Select(x => x)",
    "from x in a let y = b select new { x, z = y, q = x.y }": (
        "a.Select(x => new { x = x, y = b }).Select(t1 => new { t1.x, z = t1.y, q = t1.x.y })"
    ),
    "from x in a let y = b select nameof(y)": (
        "a.Select(x => new { x = x, y = b }).Select(t1 => nameof(t1.y))"
    ),
    # What stands in clauses
    "from x in (a) where (x) where b select x": "(a).Where(x => (x)).Where(x => b)",
    "from x in a where x is string where b as int? select x": (
        "a.Where(x => x is string).Where(x => b as int?)"
    ),
    "from x in a where b < c select d < e > (f)": "a.Where(x => b < c).Select(x => d<e>(f))",
    "from x in a where x ? b : c select x": "a.Where(x => x ? b : c)",
    "from @from in a select @from": "a.Select(@from => @from)",
    "f(from x in a select x, b)": "f(a.Select(x => x), b)",
    "(from x in a select x).b()": "(a.Select(x => x)).b()",
}


def plain(tree: str) -> str:
    """The names that queries make up as an author could write them."""
    return tree.replace("<>t", "t")


@pytest.mark.parametrize(("query", "calls"), SAME.items())
def test_a_query_is_the_calls_that_it_stands_for(query: str, calls: str) -> None:
    assert plain(expression(query)) == expression(calls)


def test_from_is_a_name_elsewhere() -> None:
    assert expression("from.b") == "(. from b)"
    assert expression("from + select") == "(+ from select)"
    assert expression("f(from, where)") == "(call f from where)"
    assert block("var from = 1; from = 2; int group, by;").startswith("(Declaration var [from=int:1]")


def test_made_up_names_are_those_of_no_author_and_differ() -> None:
    tree = expression("f(from x in a let y = x select y, from x in a let y = x select y)")
    assert "<>t1" in tree
    assert "<>t2" in tree


ERRORS = {
    "from x in a": (11, "CS0742"),
    "from x in a where x": (19, "CS0742"),
    "from x in a select": (18, "CS1525"),
    "from x in a where select x": (18, "CS1525"),
    "from x in a select from": (19, "CS1525"),
    "from x in a join y in b on x select x": (29, "CS0745"),
    "from x in a join y in b select x": (24, "CS0744"),
    "from x in a group x select x": (20, "CS0743"),
    "from x in a let y select y": (18, "CS1003"),
    "from x a select x": (9, "CS1515"),
    "from x in a from x in b select x": (17, "CS1930"),
    "from x in a let x = b select x": (16, "CS1930"),
    "from x in a let y = b let y = c select y": (26, "CS1930"),
    "from x in a join x in b on c equals d select x": (17, "CS1930"),
    "from x in a let y = b select (from y in c select y)": (35, "CS1930"),
    "from x in a let y = b select f(y => y)": (31, "CS0136"),
    "from x in a let y = b select f((int z, int y) => y)": (43, "CS0136"),
    "from x in a let y = b select f(() => { var y = 1; })": (43, "CS0136"),
    "from x in a let y = b select f(out var y)": (39, "CS0136"),
    "from x in a let y = b select c is int y": (38, "CS0136"),
    "from x in a select x into y": (27, "CS0742"),
    "from x in a select x b": (21, "CS1026"),
}


@pytest.mark.parametrize(("text", "expected"), ERRORS.items())
def test_errors_in_queries(text: str, expected: tuple[int, str]) -> None:
    with pytest.raises(CompileError) as caught:
        parse_expression(text)
    assert (caught.value.offset, caught.value.code) == expected


def test_names_of_a_join_are_unknown_on_its_other_side() -> None:
    tree = plain(expression("from x in a let y = b join z in y on y equals y select z"))
    assert "Join) y (Lambda [t1] (. t1 y)) (Lambda [z] y)" in tree


def test_calls_stand_where_their_clauses_do() -> None:
    text = "from x in a where x.b select x.c"
    tree = parse_expression(text)
    assert isinstance(tree, nodes.Invocation)
    assert isinstance(tree.target, nodes.Member)
    assert (tree.start, tree.end, tree.target.name_start) == (0, len(text), text.index("select"))
    where = tree.target.target
    assert isinstance(where, nodes.Invocation)
    assert isinstance(where.target, nodes.Member)
    assert (where.start, where.end, where.target.name_start) == (
        0,
        text.index(" select"),
        text.index("where"),
    )

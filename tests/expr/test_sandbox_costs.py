"""What is cheap to write and dear to do: values in values, long texts, chosen keys, what is built unseen.

Each of these once ran for minutes or took up many times the memory that is permitted. They end with the
metered error, or quickly with a value; how much time and memory is measured under smaller limits.
"""

# ruff: noqa: E501 (one case stands on one line)

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator
from time import thread_time

import pytest

from fastgw.expr.engine import ExpressionFailed, Wanted, compile_expression
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.watchdog import watching
from tests.expr.running import context, run

# Of the processor; what is tested takes minutes or hours where nothing ends it.
_MOST_SECONDS = 8.0
_PERMITTED_SECONDS = 0.5
_MEBIBYTE = 1024 * 1024
# What the meter counts is an estimate, and what is built is there before it is counted.
_MOST_MEMORY = 2.5


@pytest.fixture
def watched() -> Iterator[None]:
    """The watchdog, and less time than a policy may take."""
    before = meter.most_steps, meter.most_bytes, meter.match_seconds, meter.most_seconds
    meter.set_limits(before[0], before[1], before[2], _PERMITTED_SECONDS)
    try:
        with watching():
            yield
    finally:
        meter.set_limits(*before)


@pytest.fixture
def small() -> Iterator[None]:
    """Less memory than a policy may take up."""
    before = meter.most_steps, meter.most_bytes, meter.match_seconds, meter.most_seconds
    meter.set_limits(before[0], 4 * _MEBIBYTE, before[2], before[3])
    try:
        yield
    finally:
        meter.set_limits(*before)


def fails(source: str) -> ExpressionFailed:
    """How a block fails; soon, and not by a fault of the library."""
    expression = compile_expression(f"@{{ {source} }}", Wanted.OBJECT)
    began = thread_time()
    with pytest.raises(ExpressionFailed) as caught:
        expression(context())
    assert thread_time() - began < _MOST_SECONDS
    assert not caught.value.internal, caught.value.__cause__
    return caught.value


# --- values that stand in each other many times ------------------------------------------------------

DOUBLED = "object a = 1, b = 1; for (int i = 0; i < 60; i++) {{ a = {0}; b = {1}; }} "
PAIRS = {
    "tuple": DOUBLED.format("(a, a)", "(b, b)"),
    "class": DOUBLED.format("Tuple.Create(a, a)", "Tuple.Create(b, b)"),
    "anonymous": DOUBLED.format("new { x = a, y = a }", "new { x = b, y = b }"),
    "pair": DOUBLED.format(
        "new KeyValuePair<object, object>(a, a)", "new KeyValuePair<object, object>(b, b)"
    ),
}
USES = {
    "equals": "return a.Equals(b);",
    "hash": "return a.GetHashCode();",
    "key": "var d = new Dictionary<object, int>(); d[a] = 1; return 1;",
    "text": "return a.ToString();",
    "joined": 'return string.Join(",", a, b);',
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
@pytest.mark.parametrize("doubled", PAIRS.values(), ids=PAIRS)
@pytest.mark.usefixtures("watched")
def test_values_in_values_are_gone_through_in_steps(doubled: str, use: str) -> None:
    assert fails(doubled + use).exception == "System.TimeoutException"


@pytest.mark.parametrize("kind", ["tuple", "class"])
@pytest.mark.usefixtures("watched")
def test_the_order_of_values_in_values_is_found_in_steps(kind: str) -> None:
    source = f"{PAIRS[kind]} return Comparer<object>.Default.Compare(a, b);"
    assert fails(source).exception == "System.TimeoutException"


# --- long texts --------------------------------------------------------------------------------------

QUICK = [
    "var s = new string('x', 500000); return s.LastIndexOf(\"xy\" + new string('x', 250000));",
    "var s = new string('x', 500000); return s.LastIndexOf(\"xy\" + new string('x', 250000), StringComparison.Ordinal);",
    "var s = new string('x', 500000); return s.LastIndexOf(\"Xy\" + new string('x', 250000), StringComparison.OrdinalIgnoreCase);",
    "var s = new string('x', 500000); return s.IndexOf(\"xy\" + new string('x', 250000));",
]

LONG = "var s = new string('x', 4000000); var t = new string('x', 4000000); "
SLOW = [
    LONG + "while (true) { if (s == t) { } }",
    LONG + "while (true) s.Equals(t);",
    LONG + "while (true) s.Equals(t, StringComparison.OrdinalIgnoreCase);",
    LONG + 'while (true) s.Contains("y");',
    LONG + 'while (true) s.IndexOf("y");',
    LONG + 'while (true) s.LastIndexOf("y", StringComparison.Ordinal);',
    LONG + "while (true) string.Compare(s, t);",
    LONG + "while (true) string.CompareOrdinal(s, t);",
    LONG + 'while (true) s.Replace("y", "z");',
    LONG + "while (true) s.ToUpper();",
    # The order of marks is found in a time that is the square of their number.
    'return ("a" + string.Concat(Enumerable.Repeat("\\u0301\\u0323", 100000))).Normalize();',
    'var s = "a" + string.Concat(Enumerable.Repeat("\\u0301\\u0323", 100000)); return string.Compare(s, s + "b");',
    'var s = "a" + string.Concat(Enumerable.Repeat("\\u0301\\u0323", 100000)); return s.StartsWith("\\u00e9");',
]


@pytest.mark.parametrize("source", QUICK)
def test_text_is_sought_in_a_time_that_grows_with_its_length(source: str) -> None:
    began = thread_time()
    assert run(source) == -1
    assert thread_time() - began < 1.0


@pytest.mark.parametrize(
    ("text", "sought"), [("xyxx", "xyx"), ("xyxyx", "xyx"), ("aaaa", "aa"), ("ab" * 700, "b" + "ab" * 600)]
)
def test_the_last_place_is_the_same_however_long_the_text_is(text: str, sought: str) -> None:
    found = run('((string) context.Variables["t"]).LastIndexOf((string) context.Variables["s"], StringComparison.Ordinal)', t=text, s=sought)  # fmt: skip
    assert found == text.rfind(sought)


@pytest.mark.parametrize("source", SLOW)
@pytest.mark.usefixtures("watched")
def test_going_through_long_texts_again_and_again_ends(source: str) -> None:
    source = source if "return" in source else f"{source} return 1;"
    assert fails(source).exception == "System.TimeoutException"


ORDINARY = {
    "regex, few in much": 'var s = string.Concat(Enumerable.Repeat(new string(\'x\', 1000) + ",", 1000)); return Regex.Replace(s, ",", ";").Split(\';\').Length - 1;',
    "regex, many in little": 'var s = string.Concat(Enumerable.Repeat(new string(\'x\', 9) + ",", 10000)); return Regex.Matches(s, ",").Count / 10;',
    "regex from the right": 'var s = string.Concat(Enumerable.Repeat(new string(\'x\', 1000) + ",", 1000)); return Regex.Matches(s, ",", RegexOptions.RightToLeft).Count;',
    "ordinal": 'var s = string.Concat(Enumerable.Repeat(new string(\'x\', 1000) + ",", 1000)); int n = 0, i = -1; while ((i = s.IndexOf(",", i + 1, StringComparison.Ordinal)) >= 0) n++; return n;',
    "character": "var s = string.Concat(Enumerable.Repeat(new string('x', 1000) + \",\", 1000)); int n = 0, i = -1; while ((i = s.IndexOf(',', i + 1)) >= 0) n++; return n;",
    "culture": 'var s = string.Concat(Enumerable.Repeat(new string(\'x\', 1000) + ",", 1000)); int n = 0, i = -1; while ((i = s.IndexOf(",", i + 1)) >= 0) n++; return n;',
    "any case": 'var s = string.Concat(Enumerable.Repeat(new string(\'x\', 1000) + "Y", 1000)); int n = 0, i = -1; while ((i = s.IndexOf("y", i + 1, StringComparison.OrdinalIgnoreCase)) >= 0) n++; return n;',
    "culture, any case": 'var s = string.Concat(Enumerable.Repeat(new string(\'x\', 1000) + "Y", 1000)); int n = 0, i = -1; while ((i = s.IndexOf("y", i + 1, StringComparison.InvariantCultureIgnoreCase)) >= 0) n++; return n;',
    "replaced": 'var s = string.Concat(Enumerable.Repeat(new string(\'x\', 1000) + "Y", 1000)); return s.Replace("y", "z", StringComparison.OrdinalIgnoreCase).Split(\'z\').Length - 1;',
}


@pytest.mark.parametrize("source", ORDINARY.values(), ids=ORDINARY)
def test_going_through_a_text_from_place_to_place_costs_as_going_through_it_once(source: str) -> None:
    began = thread_time()
    assert run(source) == 1000
    assert thread_time() - began < 1.0
    assert meter.most_steps - meter.steps_left - meter.steps_later < 200_000


BACK_AND_FORTH = [
    # Each match looks at all that follows it.
    "var s = new string('x', 100000); return Regex.Matches(s, \"x(?=.*$)\").Count;",
    "var s = new string('x', 100000); return Regex.Matches(s, \"x(?!.*y)\", RegexOptions.RightToLeft).Count;",
    "var s = new string('x', 2000000); for (int i = 0; ; i++) Regex.IsMatch(s, \"y\"); return 1;",
    "var s = new string('x', 2000000); for (int i = 0; ; i++) s.IndexOf(\"y\", i % 10); return 1;",
    "var s = new string('x', 2000000); for (int i = 0; ; i++) s.IndexOf(\"y\", i % 10, StringComparison.OrdinalIgnoreCase); return 1;",
]


@pytest.mark.parametrize("source", BACK_AND_FORTH)
@pytest.mark.usefixtures("watched")
def test_searching_the_rest_of_a_text_again_and_again_ends(source: str) -> None:
    assert fails(source).exception == "System.TimeoutException"


# --- chosen keys -------------------------------------------------------------------------------------

PARSED = 'JArray.Parse("[" + string.Join(",", Enumerable.Range(10, 20000).Select(h => 2305843009213693951m * h)) + "]")'
KEYS = [
    "var d = new HashSet<(long, long)>(); for (long h = 0; h < 20000; h++) d.Add(((h << 32) | h, 1L)); return d.Count;",
    "var d = new HashSet<(long, long)>(); for (long h = 0; h < 20000; h++) d.Add((h * 2305843009213693951, h * 2305843009213693951)); return d.Count;",
    "var d = new HashSet<decimal>(); for (int h = 0; h < 20000; h++) d.Add(2305843009213693951m * h); return d.Count;",
    "var d = new HashSet<(decimal, int)>(); for (int h = 0; h < 20000; h++) d.Add((2305843009213693951m * h, 1)); return d.Count;",
    "var d = new HashSet<object>(); for (long h = 0; h < 20000; h++) d.Add(new { k = (h << 32) | h }); return d.Count;",
    "var d = new HashSet<object>(); for (int h = 0; h < 20000; h++) d.Add(2305843009213693951m * h); return d.Count;",
    "var d = new HashSet<DateTime>(); for (long h = 0; h < 20000; h++) d.Add(new DateTime((h << 32) | h)); return d.Count;",
    "var d = new HashSet<TimeSpan>(); for (long h = 0; h < 20000; h++) d.Add(new TimeSpan((h << 32) | h)); return d.Count;",
    f"return new HashSet<JToken>({PARSED}).Count;",
    f"return {PARSED}.Select(x => ((JValue) x).Value).Distinct().Count();",
    f"return {PARSED}.Select(x => (x, 1)).Distinct().Count();",
    f"return {PARSED}.GroupBy(x => ((JValue) x).Value).Count();",
    "var d = new HashSet<double>(); for (int h = 1; h <= 800; h++) for (int e = 0; e < 25; e++) d.Add((2 * h + 1) * Math.Pow(2, 61 * (e - 12))); return d.Count;",
    "var d = new HashSet<long>(); for (long h = 0; h < 5000; h++) for (long m = -2; m < 2; m++) d.Add(h + m * 2305843009213693951); return d.Count;",
    "var d = new HashSet<JToken>(); for (long h = 0; h < 20000; h++) d.Add(new JValue((h << 32) | h)); return d.Count;",
]


@pytest.mark.parametrize("source", KEYS)
def test_chosen_keys_do_not_collide(source: str) -> None:
    began = thread_time()
    assert run(source) == 20000
    assert thread_time() - began < 2.5


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('var d = new HashSet<JToken>(JArray.Parse("[36893488147419103232, 36893488147419103232, -36893488147419103232]")); return d.Count;', 2),
        ('return JToken.Parse("[36893488147419103232]")[0].GetHashCode() == JToken.Parse("[36893488147419103232]")[0].GetHashCode();', True),
        ("var d = new HashSet<decimal> {1.0m, 1.00m, 1m, 0m, -0.0m, 100m, 1e2m}; return d.Count;", 3),
        ("var d = new HashSet<object> {1.0m, 1.00m, 1, 1L, 1.0, 1f}; return d.Count;", 5),
        ("var d = new HashSet<(decimal, object)> {(1.0m, null), (1.00m, null), (1m, 1)}; return d.Count;", 2),
        (
            "var d = new HashSet<object> {new { a = 1m }, new { a = 1.0m }, (1.0, 2), (1.0, 2)}; return d.Count;",
            2,
        ),
        ("return (1.0m, 2).GetHashCode() == (1.00m, 2).GetHashCode();", True),
        ("object d = new DateTime(5000000000); return d.GetHashCode() == new DateTime(5000000000).GetHashCode();", True),
        ("return new DateTime(5000000000).GetHashCode();", 705032705),
        ("object t = TimeSpan.FromTicks(-1); return t.GetHashCode();", 0),
    ],
)  # fmt: skip
def test_equal_keys_are_one(source: str, found: object) -> None:
    assert run(source) == found


# --- what is built ------------------------------------------------------------------------------------

TEXT = "var l = new List<object>(); var s = new string('x', 1000000); while (true) l.Add({0}); return 1;"
WIDE = TEXT.replace("'x', 1000000", "'\\u4e00', 500000")
EMOJI = TEXT.replace("new string('x', 1000000)", 'string.Concat(Enumerable.Repeat("\\ud83d\\ude00", 100000))')
BUILT = [
    TEXT.format("s.Substring(1)"),
    TEXT.format("s.Substring(1, 999999)"),
    TEXT.format("s.Substring(1, 900)"),
    TEXT.format("s.Substring(1, 60)"),
    TEXT.format("s.Remove(999999)"),
    TEXT.format("s.Remove(1, 1)"),
    TEXT.format("(s + \"y\").TrimEnd(new[] {'y'})"),
    TEXT.format("s.ToUpper()"),
    TEXT.format("s.ToLowerInvariant()"),
    TEXT.format('s.Replace("x", "y")'),
    TEXT.format('s.Insert(0, "y")'),
    TEXT.format("s.PadLeft(1000001)"),
    TEXT.format("s.Split('y')"),
    TEXT.format("s + l.Count"),
    TEXT.format('$"{s}{l.Count}"'),
    TEXT.format("s.ToCharArray()"),
    TEXT.format("new StringBuilder(s).Append('a').ToString()"),
    WIDE.format("s + l.Count"),
    WIDE.format("s.Substring(1)"),
    WIDE.format("s.Substring(1, 60)"),
    WIDE.format("s.ToCharArray()"),
    WIDE.format("string.Concat(s, s)"),
    WIDE.format('Regex.Match(s, ".*").Value'),
    WIDE.format("new StringBuilder(s).Append('a').ToString()"),
    EMOJI.format("s + l.Count"),
    EMOJI.format("s.ToUpper()"),
    # Texts that grow, while what they were is kept.
    "var l = new List<object>(); var s = \"\"; while (true) { s += new string('x', 2000); l.Add(s); } return 1;",
    "var l = new List<object>(); var s = \"\"; while (true) { var t = s; s += new string('x', 2000); l.Add(t); } return 1;",
    "var l = new List<object>(); var b = new StringBuilder(); while (true) { b.Append(new string('x', 2000)); l.Add(b.ToString()); } return 1;",
    "var l = new List<object>(); var b = new StringBuilder(); while (true) { b.Insert(0, new string('x', 2000)); l.Add(b.ToString()); } return 1;",
    "var l = new List<object>(); while (true) { var a = new object[10000]; for (int i = 0; i < 10000; i++) a[i] = i.ToString(); l.Add(a); } return 1;",
    "var b = new StringBuilder(); for (int i = 0; ; i++) b.Append(i); return 1;",
    "var l = new char[90000]; for (int i = 0; ; i++) { l = new char[90000]; for (int k = 0; k < 90000; k++) l[k] = (char) (k + 300); } return l;",
    TEXT.format('Regex.Match(s, ".*").Value'),
    "return new string(',', 3000000).Split(',').Length;",
    "return Regex.Match(new string('x', 3000000), \"(x)*\").Groups[1].Captures.Count;",
    "return Regex.IsMatch(new string('x', 3000000), \"(?:x|y)*z$\");",
    "return Regex.Match(new string('x', 60000), \"(x)*\").Groups[1].Captures.Count;",
    "var l = new List<object>(); while (true) { int n = l.Count; Func<int> f = () => n; l.Add(f); } return 1;",
    "var l = new List<object>(); while (true) { int j = l.Count; int F(int x) { return x + j; } l.Add((Func<int, int>) F); } return 1;",
    "var l = new List<object>(); while (true) { int F(int x) { return x; } l.Add((Func<int, int>) F); } return 1;",
    "var l = new List<object>(); while (true) { int j = l.Count; int F(int x) { return x == 0 ? j : F(x - 1); } l.Add((Func<int, int>) F); } return 1;",
    "var l = new List<object>(); while (true) { int j = l.Count; T F<T>(T x) { return j == 0 ? x : default(T); } l.Add((Func<int, int>) F<int>); } return 1;",
    "var l = new List<object>(); while (true) { int j = l.Count; T F<T>(T x) { return j == 0 ? F<T>(x) : x; } l.Add((Func<int, int>) F<int>); } return 1;",
    "Func<int> f = () => 1; while (true) { var g = f; f = () => g(); } return 1;",
    "var f = new string('0', 2000000); return (1.5).ToString(f);",
    "return DateTime.UtcNow.ToString(new string('-', 2000000));",
    "return TimeSpan.FromDays(1).ToString(\"'\" + new string('-', 2000000) + \"'\");",
    "return decimal.Parse(\"0.\" + new string('9', 2000000));",
]


@pytest.mark.parametrize("source", BUILT)
@pytest.mark.usefixtures("small")
def test_what_is_built_is_counted(source: str) -> None:
    expression = compile_expression(f"@{{ {source} }}", Wanted.OBJECT)
    tracemalloc.start()
    try:
        with pytest.raises(ExpressionFailed) as caught:
            expression(context())
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert caught.value.exception == "System.TimeoutException", caught.value
    assert most < _MOST_MEMORY * meter.most_bytes


GROWING = [
    'var s = ""; for (int i = 0; i < 5000; i++) s += "0123456789"; return s.Length;',
    'var s = ""; for (int i = 0; i < 5000; i++) s = s + "01234" + "56789"; return s.Length;',
    'var s = ""; for (int i = 0; i < 5000; i++) { var d = i % 10; s += d + "" + d + d + d + d + d + d + d + d + d; } return s.Length;',
    'var s = ""; Action a = () => { s += "0123456789"; }; for (int i = 0; i < 5000; i++) a(); return s.Length;',
    "var s = new StringBuilder(); for (int i = 0; i < 5000; i++) { s.Append(\"0123456789\"); if (s[s.Length - 1] == ',') break; } return s.Length;",
]


@pytest.mark.parametrize("source", GROWING)
@pytest.mark.usefixtures("small")
def test_a_text_that_takes_the_place_of_the_one_it_was_made_of_counts_with_what_was_added(
    source: str,
) -> None:
    assert run(source) == 50000
    assert meter.most_bytes - meter.bytes_left < _MEBIBYTE


THROWN = [
    "Exception e = new Exception(); for (int i = 0; i < 100000; i++) { try { throw e; } catch { } } return 1;",
    "Exception e = new Exception(); for (int i = 0; i < 100000; i++) { try { throw e; } catch (Exception x) { e = x; } } return 1;",
    "Exception e = new Exception(); Func<int> f = () => throw e; for (int i = 0; i < 100000; i++) { try { f(); } catch (Exception x) when (x != null) { } } return 1;",
    "Exception e = new Exception(); for (int i = 0; i < 100000; i++) { try { try { throw e ?? new Exception(); } catch { throw; } } catch { } } return 1;",
]


@pytest.mark.parametrize("source", THROWN)
def test_an_exception_that_is_thrown_again_does_not_grow(source: str) -> None:
    expression = compile_expression(f"@{{ {source} }}", Wanted.OBJECT)
    tracemalloc.start()
    try:
        assert expression(context()) == 1
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < _MEBIBYTE


N = '(string) context.Variables["n"]'
REMEMBERED = [
    f'Regex.Replace("a", "b", new string(\'x\', 20000) + {N})',
    f"DateTime.UtcNow.ToString(new string('-', 20000) + {N})",
    f"TimeSpan.FromDays(1).ToString(\"'\" + new string('-', 20000) + {N} + \"'\")",
    f"JToken.Parse(\"{{}}\").SelectToken(new string('a', 20000) + {N}) == null",
]


def kept_after(source: str, times: int) -> int:
    """How many bytes more there are after so many evaluations, each with another variable n."""
    expression = compile_expression(f"@({source})", Wanted.OBJECT)
    expression(context(n="0"))
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for number in range(times):
            expression(context(n=str(number)))
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return after - before


@pytest.mark.parametrize("source", REMEMBERED)
def test_what_a_request_says_is_not_remembered_for_ever(source: str) -> None:
    assert kept_after(source, 10) < 64 * 1024


def test_large_patterns_of_requests_give_way_to_each_other() -> None:
    """A pattern of this size takes up more than a megabyte, and 256 patterns are remembered."""
    assert kept_after(f'Regex.IsMatch("a", "(?:[ab]c|d){{3000}}" + {N})', 40) < 30 * _MEBIBYTE

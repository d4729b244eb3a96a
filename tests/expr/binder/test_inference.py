"""Type arguments are found out from arguments, lambdas and method groups (C# 12.6.3)."""

from __future__ import annotations

import pytest

from tests.expr.binder.binding import codes, result


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("new[] {1, 2}.Select(x => x + 0.5)", "IEnumerable<double>"),
        ("new[] {1, 2}.Select((x, i) => x * i)", "IEnumerable<int>"),
        ("new[] {1, 2}.Select(x => (string)null)", "IEnumerable<string>"),
        ('new[] {1}.Select(x => { if (x > 1) return "a"; return null; })', "IEnumerable<string>"),
        ("new[] {1}.Select(x => { if (x > 1) return 1; return 2.5; })", "IEnumerable<double>"),
        ('new[] {1}.Select(x => new { x, y = "a" }).First().y', "string"),
        ('new[] {"a"}.ToDictionary(x => x, x => x.Length)', "Dictionary<string, int>"),
        ('new[] {"a"}.GroupBy(x => x.Length).Select(g => g.Key)', "IEnumerable<int>"),
        ('new[] {"a"}.GroupBy(x => x.Length, (k, g) => k + g.Count())', "IEnumerable<int>"),
        ('new[] {"a"}.Aggregate(0, (n, s) => n + s.Length)', "int"),
        ('new[] {"a"}.Aggregate(0L, (n, s) => n + s.Length, n => n.ToString())', "string"),
        ('new[] {"a"}.SelectMany(s => s.ToCharArray(), (s, c) => s + c)', "IEnumerable<string>"),
        ('new[] {"a"}.Join(new[] {1}, a => a.Length, b => b, (a, b) => a + b)', "IEnumerable<string>"),
        ('new[] {1}.Zip(new[] {"a"}, (a, b) => (a, b)).First().b', "string"),
        ("new[] {1}.Max(x => x * 2.0m)", "decimal"),
        ("new[] {1}.Sum(x => (int?)x)", "int?"),
        ("new[] {1}.Sum(x => x / 2f)", "float"),
        ("new[] {1}.Sum(x => (long)x)", "long"),
        ('new[] {"1"}.Select(int.Parse)', "IEnumerable<int>"),
        ("new[] {'a'}.Where(char.IsDigit)", "IEnumerable<char>"),
        ('new[] {"a"}.Any("ab".Contains)', "bool"),
        ("Array.ConvertAll(new[] {1}, x => x.ToString())", "string[]"),
        ("Array.Find(new[] {1}, x => x == 1)", "int"),
        ("new List<int>().ConvertAll(x => x.ToString())", "List<string>"),
        ("Enumerable.Repeat('x', 3)", "IEnumerable<char>"),
        ("Enumerable.Range(1, 3).OrderBy(x => -x).ThenBy(x => x).ToList()", "List<int>"),
        ("new object[] {1}.OfType<int>().Sum()", "int"),
        ('Tuple.Create(1, "x").Item2', "string"),
        ('KeyValuePair.Create(1, "x").Value', "string"),
        ('context.Variables.GetValueOrDefault("n", 9)', "int"),
        ('context.Variables.GetValueOrDefault("n", "x")', "string"),
        ("new[] {1}.Union(new List<int>())", "IEnumerable<int>"),
        ('(from x in new[] {1} from y in new[] {"a"} where x > 1 orderby y select y + x).First()', "string"),
        ('(from s in new[] {"a"} let n = s.Length group s by n into g select g.Key).First()', "int"),
        ("T Id<T>(T x) => x; return Id(5);", "int"),
        ("T Pick<T>(T x, T y) => x; return Pick(1, 2L);", "long"),
        ('T Pick<T>(T x, T y) => x; return Pick("a", (object)1);', "object"),
        ("T Pick<T>(T x, T y) => x; return Pick(1, (int?)2);", "int?"),
        ('T Pick<T>(T x, T y) => x; return Pick("a", null);', "string"),
        ("T First<T>(IEnumerable<T> s) => s.First(); return First(new JObject());", "CS0411"),
        ("T Call<T>(Func<T> f) => f(); return Call(() => 5);", "int"),
        ("R Map<T, R>(T x, Func<T, R> f) => f(x); return Map(5, n => n.ToString());", "string"),
        (
            'K Key<K, V>(KeyValuePair<K, V> p) => p.Key; return Key(new KeyValuePair<string, int>("a", 1));',
            "string",
        ),
        ('T El<T>(T[] a) => a[0]; return El(new[] {"a"});', "string"),
        ("T? Maybe<T>(T x) => null; return 1;", "CS0453"),
        ('T Out<T>(string s, out T x) { x = default(T); return x; } Out("a", out int n); return n;', "int"),
        ('(A, B) Swap<A, B>((B, A) t) => (t.Item2, t.Item1); return Swap((1, "a"));', "(string, int)"),
    ],
)
def test_type_arguments_are_inferred(source: str, found: str) -> None:
    assert result(source) == found


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("new[] {1}.Select(x => null)", "CS0411"),
        ("new[] {1}.Select(x => { })", "CS0411"),
        ("new[] {1}.Select(x => x.Foo)", "CS1061"),
        ("new[] {1}.Select(x => nope)", "CS0103"),
        ("new[] {1}.Select(x => new[] {2}.Select(y => nope))", "CS0103"),
        ('new[] {"1"}.Select(Convert.ToInt32)', "CS0121"),
        ('T Pick<T>(T x, T y) => x; return Pick(1, "a");', "CS0411"),
        ("T Make<T>() => default(T); return Make();", "CS0411"),
    ],
)
def test_what_cannot_be_inferred(source: str, code: str) -> None:
    assert codes(source) == [code]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("new[] {1, 2L}", "long[]"),
        ("new[] {1, 2.5}", "double[]"),
        ('new[] {"a", null}', "string[]"),
        ("new[] {new JObject(), (JToken)null}", "JToken[]"),
        ("new[] {(JToken)null, 5}", "JToken[]"),
        ("new[] {1, (int?)null}", "int?[]"),
        ('new[] {(1, "a"), (2, "b")}', "(int, string)[]"),
        ("new[] {new[] {1}, new int[0]}", "int[][]"),
        ("new[] {new { a = 1 }, new { a = 2 }}[0].a", "int"),
        ('new[] {1, "a"}', "CS0826"),
        ("new[] {null}", "CS0826"),
        ("new[] {new JObject(), new JArray()}", "CS0826"),
        ("new[] {x => x}", "CS0826"),
    ],
)
def test_the_best_common_type_of_an_array(source: str, found: str) -> None:
    assert result(source) == found

"""Collections, queries, tuples and exceptions as policies use them: what .NET gives for each expression."""

from __future__ import annotations

import pytest

from tests.expr.running import failure, text

ARRAYS = [
    ('int[] a = {3, 1, 2}; Array.Sort(a, (x, y) => y - x); return string.Join(",", a);', "string 3,2,1"),
    ('int[] a = {1, 2, 3}; Array.Resize(ref a, 5); return string.Join(",", a);', "string 1,2,3,0,0"),
    (
        'string[] a = {"b", "A", "a"}; Array.Sort(a, StringComparer.Ordinal); return string.Join("", a);',
        "string Aab",
    ),
    ('string[] a = {"b", "A", "a"}; Array.Sort(a); return string.Join("", a);', "string aAb"),
    ("byte[] b = {1, 2, 3}; return b.Reverse().ToArray()[0];", "byte 3"),
    ("byte[] b = {1, 2, 3}; return b.Where(x => x > 1).ToArray().Length;", "int 2"),
    ("byte[] b = {1, 2, 3}; IList<byte> l = b; return l[2] + l.Count + l.IndexOf(2);", "int 7"),
    ("byte[] b = {1, 2, 3}; return b.Contains((byte)2);", "bool True"),
    ("byte[] b = {1, 2, 3}; return b.Sum(x => x);", "int 6"),
    ('Array.IndexOf(new[] {"a", "b"}, "b")', "int 1"),
    ('Array.ConvertAll(new[] {1, 2}, x => "n" + x)[1]', "string n2"),
    ('Array.Exists(new[] {"a", "b"}, s => s == "b")', "bool True"),
    ("Array.FindAll(new[] {1, 2, 3}, x => x > 1).Length", "int 2"),
    ("Array.TrueForAll(new[] {1, 2, 3}, x => x > 0)", "bool True"),
    ("Array.BinarySearch(new[] {1, 3, 5}, 3)", "int 1"),
    ("Array.Empty<string>().Length", "int 0"),
    ("new int[2, 3].GetLength(1) + new int[2, 3].Rank", "int 5"),
    ("new int[2, 3].Length", "int 6"),
    ("((int[])new[] {1, 2}.Clone())[1]", "int 2"),
    ("Array.CreateInstance(typeof(int), 3).Length", "int 3"),
    (
        "var a = new int[3]; Array.Clear(a, 0, 3); var c = new int[3]; a.CopyTo(c, 0); return c.Length;",
        "int 3",
    ),
    ('var k = new[] {3, 1}; var v = new[] {"c", "a"}; Array.Sort(k, v); return v[0];', "string a"),
    ("Array.LastIndexOf(new[] {1, 2, 1}, 1)", "int 2"),
    ("var e = new[] {1, 2}.GetEnumerator(); e.MoveNext(); return (int)e.Current;", "int 1"),
    ('((IReadOnlyList<string>)new[] {"q"})[0]', "string q"),
    ('((IEnumerable<object>)new[] {"q"}).First()', "string q"),
]

LIST = [
    ("new List<int>(new[] {1, 2}).Count", "int 2"),
    ('new List<string> {"a"}.Contains("a")', "bool True"),
    ("var l = new List<int> {5, 3}; l.Sort(); return l[0];", "int 3"),
    (
        'var l = new List<string> {"bb", "a"}; l.Sort((x, y) => x.Length.CompareTo(y.Length)); return l[0];',
        "string a",
    ),
    (
        "var l = new List<int> {1}; l.AddRange(new[] {2, 3}); "
        'l.InsertRange(0, new List<int> {0}); return string.Join(",", l);',
        "string 0,1,2,3",
    ),
    ("var l = new List<int> {1, 2, 3}; l.RemoveAll(x => x > 1); return l.Count;", "int 1"),
    ('new List<int> {1, 2}.ConvertAll(x => x + "!").ToArray()[1]', "string 2!"),
    (
        "var l = new List<int> {1, 2}; using (var e = l.GetEnumerator()) { e.MoveNext(); return e.Current; }",
        "int 1",
    ),
    ("var l = new List<int> {1, 2}; l.Reverse(); return l[0];", "int 2"),
    ("new List<int> {1, 2, 3}.TrueForAll(x => x > 0)", "bool True"),
    ("new List<int> {1, 2, 3}.FindLast(x => x < 3)", "int 2"),
    ("new List<int> {1}.AsReadOnly().Count", "int 1"),
    ("IReadOnlyList<int> r = new List<int> {4}; return r[0] + r.Count;", "int 5"),
    (
        'IList<string> l = new List<string>(); l.Add("x"); l.Insert(0, "y"); l.RemoveAt(1); '
        'return l[0] + l.IndexOf("y") + l.IsReadOnly;',
        "string y0False",
    ),
    ("IList<int> l = new[] {1, 2}; l[0] = 9; return l[0];", "int 9"),
    (
        "ICollection<int> c = new List<int> {1}; c.Add(2); c.Remove(1); "
        "return c.Contains(2) && !c.Contains(1);",
        "bool True",
    ),
]

DICTIONARY = [
    ('new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase) {["a"] = 1}["A"]', "int 1"),
    ('var d = new Dictionary<string, int> {["a"] = 1}; d["a"]++; d["a"] += 5; return d["a"];', "int 7"),
    (
        'var d = new Dictionary<int, string> {{1, "x"}}; string s; d.TryGetValue(2, out s); '
        "return s == null;",
        "bool True",
    ),
    (
        'var d = new Dictionary<string, int>(); return d.TryAdd("a", 1) + "," + d.TryAdd("a", 2);',
        "string True,False",
    ),
    ('var d = new Dictionary<string, int> {{"a", 1}}; return d.Remove("a", out var v) ? v : -1;', "int 1"),
    (
        'string.Join(",", new Dictionary<string, int> {{"a", 1}, {"b", 2}}.Select(p => p.Key + p.Value))',
        "string a1,b2",
    ),
    ('string.Join(",", new Dictionary<string, int> {{"a", 1}, {"b", 2}})', "string [a, 1],[b, 2]"),
    ('new Dictionary<string, int> {{"a", 1}}.Keys.Contains("a")', "bool True"),
    ('new Dictionary<string, int> {{"a", 1}}.ContainsValue(1)', "bool True"),
    ('new Dictionary<string, int> {{"a", 3}}.Values.First()', "int 3"),
    ('new Dictionary<string, int> {{"a", 3}}.Keys.Count', "int 1"),
    ('new Dictionary<string, List<int>> {["x"] = new List<int> {1, 2}}["x"].Last()', "int 2"),
    (
        'IReadOnlyDictionary<string, int> d = new Dictionary<string, int> {{"a", 1}}; '
        'return d.ContainsKey("a") && d.Keys.First() == "a" && d.Values.Sum() == 1 && d.Count == 1;',
        "bool True",
    ),
    (
        'IDictionary<string, int> d = new Dictionary<string, int>(); d.Add("a", 1); d["b"] = 2; '
        'return string.Join(",", d.Keys) + d.Values.Max() + d.Remove("a");',
        "string a,b2True",
    ),
    (
        'IDictionary<string, IList<string>> d = new Dictionary<string, IList<string>> {["k"] = '
        'new List<string> {"v"}}; return d["k"].Single() + d["k"].Count;',
        "string v1",
    ),
    (
        'var d = new Dictionary<string, int> {{"a", 1}}; '
        'foreach (var (k, v) in d) { return k + v; } return "";',
        "string a1",
    ),
    ('new Dictionary<string, int> {{"a", 1}}.FirstOrDefault(p => p.Key == "z").Key', "null"),
    ('new Dictionary<string, int> {{"a", 1}}.ToDictionary(p => p.Value, p => p.Key)[1]', "string a"),
    (
        'new Dictionary<string, int> {{"a", 1}, {"b", 2}}.OrderByDescending(p => p.Value).First().Key',
        "string b",
    ),
    (
        'new Dictionary<string, int> {{"b", 1}, {"a", 1}}.OrderBy(p => p.Value).ThenBy(p => '
        "p.Key).First().Key",
        "string a",
    ),
    (
        'var d = new Dictionary<string, int> {{"a", 1}}; '
        'foreach (var k in d.Keys.ToList()) { d[k] = 5; } return d["a"];',
        "int 5",
    ),
    ("default(KeyValuePair<string, int>).Value", "int 0"),
]

SET = [
    (
        "var h = new HashSet<int> {1, 2}; h.UnionWith(new[] {3}); h.ExceptWith(new[] {1}); "
        'return string.Join(",", h);',
        "string 2,3",
    ),
    ('new HashSet<string>(StringComparer.OrdinalIgnoreCase) {"a"}.Contains("A")', "bool True"),
    ("ISet<int> s = new HashSet<int>(); return s.Add(1) && !s.Add(1) && s.Overlaps(new[] {1});", "bool True"),
    ("new HashSet<int>(new[] {1, 2}).SetEquals(new[] {2, 1})", "bool True"),
    ("new[] {1, 1, 2}.ToHashSet().Count", "int 2"),
    (
        'var q = new Queue<string>(new[] {"a", "b"}); return q.Dequeue() + q.Count + q.Contains("b");',
        "string a1True",
    ),
    ('var st = new Stack<int>(new[] {1, 2}); return string.Join("", st) + st.Peek();', "string 212"),
    ("var q = new Queue<int>(); return q.TryDequeue(out var x) ? x : -1;", "int -1"),
]

LINQ = [
    ("new[] {1, 2, 3, 4}.Select((x, i) => x * i).Sum()", "int 20"),
    ('new[] {"a", "b"}.Select((s, i) => new { s, i }).Last().i', "int 1"),
    ("Enumerable.Range(1, 5).Where((x, i) => i % 2 == 0).Sum()", "int 9"),
    ("new[] {1.5, 2.5}.Average()", "double 2"),
    ("new[] {1.5f, 2.5f}.Sum()", "float 4"),
    ("new[] {1L, 2L}.Max()", "long 2"),
    ("new[] {1m, 2m}.Average()", "decimal 1.5"),
    ("new int?[] {1, null}.Sum()", "int 1"),
    ("new int?[] {1, null}.Max()", "int 1"),
    ('new[] {"a", "bb"}.Max(s => s.Length)', "int 2"),
    ('new[] {"a", "bb"}.Average(s => s.Length)', "double 1.5"),
    ('new[] {"b", "a"}.Min()', "string a"),
    ("new[] {DayOfWeek.Friday, DayOfWeek.Monday}.Min()", "DayOfWeek Monday"),
    ("new[] {'b', 'a'}.Max()", "char b"),
    ('"hello".GroupBy(c => c).OrderByDescending(g => g.Count()).First().Key', "char l"),
    ('new[] {1, 2, 3}.Aggregate(10, (acc, x) => acc + x, r => "r" + r)', "string r16"),
    ("new[] {1, 2, 3}.Zip(new[] {4, 5}, (x, y) => x * y).Sum()", "int 14"),
    ("new[] {1, 2}.Join(new[] {2, 3}, x => x, y => y, (x, y) => x + y).Single()", "int 4"),
    (
        'new[] {"a", "b"}.GroupJoin(new[] {"a1", "a2"}, o => o[0], i => i[0], (o, g) => o + '
        "g.Count()).First()",
        "string a2",
    ),
    ("(from x in new[] {1, 2} from y in new[] {10, 20} where y > 10 select x * y).Sum()", "int 60"),
    (
        '(from x in new[] {"a", "bb", "cc"} group x by x.Length into g orderby g.Key descending '
        'select g.Key + ":" + g.Count()).First()',
        "string 2:2",
    ),
    (
        "(from x in new[] {1, 2} join y in new[] {1, 1} on x equals y into g select g.Count()).First()",
        "int 2",
    ),
    ("new[] {3, 1, 2}.OrderBy(x => x).ThenBy(x => x).Take(1).Single()", "int 1"),
    ('new[] {"x"}.ToLookup(s => s.Length, s => s + "!")[1].Single()', "string x!"),
    ("new[] {1, 2}.Except(new[] {1}).Single()", "int 2"),
    ('new[] {"a"}.Except(new[] {"A"}, StringComparer.OrdinalIgnoreCase).Any()', "bool False"),
    ("new[] {1, 2}.Append(3).Prepend(0).Count()", "int 4"),
    ("new[] {1, 2, 3}.TakeLast(2).First()", "int 2"),
    ("new[] {1, 2, 3}.SkipLast(2).Single()", "int 1"),
    ("new[] {1, 2, 3}.TakeWhile((x, i) => i < 1).Count()", "int 1"),
    ("new[] {1, 2}.SelectMany((x, i) => new[] {x, i}).Count()", "int 4"),
    ('new[] {"ab", "c"}.SelectMany(s => s).Count()', "int 3"),
    ('new[] {"ab", "c"}.SelectMany(s => s.ToCharArray(), (s, c) => s + c).First()', "string aba"),
    ('new object[] {"a", 1, null}.OfType<string>().Count()', "int 1"),
    ('new object[] {"a", "b"}.Cast<string>().Last()', "string b"),
    ("Enumerable.Empty<int>().DefaultIfEmpty().Single()", "int 0"),
    ("Enumerable.Repeat(new[] {1}, 2).SelectMany(x => x).Sum()", "int 2"),
    ("new[] {1, 2}.SequenceEqual(new[] {1, 2})", "bool True"),
    ("new[] {1, 2, 3}.LongCount(x => x > 1)", "long 2"),
    ("new[] {1, 2}.Any(x => x > 5) || new[] {1}.All(x => x == 1)", "bool True"),
    ('new[] {"10", "2"}.Select(int.Parse).Max()', "int 10"),
    ('new[] {"a", null, ""}.Count(string.IsNullOrEmpty)', "int 2"),
    ("new[] {1, 2, 3}.ToList().ToArray().AsEnumerable().Count()", "int 3"),
    ("new[] {1}.Concat(new[] {2}).Concat(new[] {3}).Reverse().First()", "int 3"),
    ("new[] {new { a = 1 }, new { a = 1 }}.Distinct().Count()", "int 1"),
    ('new[] {(1, "a"), (1, "a")}.Distinct().Count()', "int 1"),
    ('new[] {(n: 1, s: "a")}.OrderBy(t => t.n).First().s', "string a"),
    ("new[] {1, 2, 3}.GroupBy(x => x % 2, x => x * 10).First().Sum()", "int 40"),
    ("new[] {1, 2, 3}.GroupBy(x => x % 2, x => x * 10, (k, g) => g.Sum() + k).First()", "int 41"),
    ('new[] {1, 2, 3}.ToDictionary(x => x, x => "v" + x)[2]', "string v2"),
    ('new[] {"a", "A"}.GroupBy(x => x, StringComparer.OrdinalIgnoreCase).Count()', "int 1"),
    ('new[] {"b", "A"}.OrderBy(x => x, StringComparer.Ordinal).First()', "string A"),
    (
        "IEnumerable<int> e = new List<int> {1}; var n = e.GetEnumerator(); "
        "return n.MoveNext() && n.Current == 1 && !n.MoveNext();",
        "bool True",
    ),
    ("Enumerable.Range(0, int.MaxValue).Count()", "int 2147483647"),
    ("new[] {1, 2, 3}.Sum(x => (int?)x)", "int 6"),
    ("new[] {1, 2, 3}.Min(x => (decimal)x)", "decimal 1"),
    ('new[] {"x"}.First().ToUpper()', "string X"),
    ("Enumerable.Range(1, 3).Select(i => new List<int> {i}).First().Count", "int 1"),
    ("Enumerable.Select(new[] {1}, x => x + 1).First()", "int 2"),
]

TUPLES = [
    ('Tuple.Create(1, "a").Item1', "int 1"),
    ('Tuple.Create(1, "a")', "Tuple<int, string> (1, a)"),
    ('ValueTuple.Create(1, "a").Item2', "string a"),
    ("new Tuple<int>(5).Equals(Tuple.Create(5))", "bool True"),
]

EXCEPTIONS = [
    ('new Exception("m", new FormatException("f")).InnerException.GetType().Name', "string FormatException"),
    ('new Exception("m").ToString()', "string System.Exception: m"),
    (
        "try { throw new TimeoutException(); } catch (SystemException e) { return e.Message; }",
        "string The operation has timed out.",
    ),
    (
        'try { int.Parse("x"); return null; } catch (Exception e) { return e.GetType().FullName; }',
        "string System.FormatException",
    ),
    ('new ArgumentException("m", "p").ParamName', "string p"),
    (
        'new AggregateException(new Exception("a"), new Exception("b")).Message',
        "string One or more errors occurred. (a) (b)",
    ),
    ('new AggregateException("x", new Exception("a")).InnerExceptions.Count', "int 1"),
    (
        'try { throw new System.IO.IOException("io"); '
        "} catch (Exception e) when (e is System.IO.IOException) { return e.StackTrace != null; }",
        "bool True",
    ),
    ('try { throw new JsonReaderException("j"); } catch (JsonException e) { return e.Message; }', "string j"),
    (
        'Exception e = new NotSupportedException("n"); e.Source = "s"; return e.Source + e.HelpLink;',
        "string s",
    ),
]

COMPARERS = [
    ("Comparer<int>.Default.Compare(1, 2)", "int -1"),
    ('EqualityComparer<string>.Default.Equals("a", "a")', "bool True"),
    ("new List<int> {1, 2}.OrderBy(x => x, Comparer<int>.Create((a, b) => b - a)).First()", "int 2"),
    (
        'IEqualityComparer<string> c = StringComparer.OrdinalIgnoreCase; return c.Equals("a", "A");',
        "bool True",
    ),
    ('IComparer<string> c = StringComparer.Ordinal; return c.Compare("a", "b") < 0;', "bool True"),
    ('KeyValuePair.Create("a", 1).Key', "string a"),
]

FAILURES = [
    ('object[] o = new string[] {"x"}; o[0] = 5; return o;', "ArrayTypeMismatchException"),
    ("((ICollection<int>)new[] {1}).Add(2); return 1;", "NotSupportedException"),
    ("new Dictionary<string, int>()[null]", "ArgumentNullException"),
    ("new Queue<int>().Dequeue()", "InvalidOperationException"),
    ("new List<int>().Max()", "InvalidOperationException"),
    ("((int[])null).First()", "ArgumentNullException"),
    ("new[] {1, 2}.ElementAt(9)", "ArgumentOutOfRangeException"),
    ("new[] {1, 2}.Select(x => x).ElementAt(9)", "ArgumentOutOfRangeException"),
    ("Enumerable.Range(0, int.MaxValue).ToArray()", "TimeoutException"),
    ('throw new ArgumentException("m", "p");', "ArgumentException"),
    ('throw new ArgumentOutOfRangeException("p", "m");', "ArgumentOutOfRangeException"),
    ('throw new ArgumentNullException("p");', "ArgumentNullException"),
    ('throw new KeyNotFoundException("k");', "KeyNotFoundException"),
    ("throw new InvalidOperationException();", "InvalidOperationException"),
    ('throw new ObjectDisposedException("S");', "ObjectDisposedException"),
    ('throw new UnauthorizedAccessException("u");', "UnauthorizedAccessException"),
]


@pytest.mark.parametrize(("source", "expected"), ARRAYS)
def test_arrays(source, expected):
    assert text(source) == expected


@pytest.mark.parametrize(("source", "expected"), LIST)
def test_lists(source, expected):
    assert text(source) == expected


@pytest.mark.parametrize(("source", "expected"), DICTIONARY)
def test_dictionaries(source, expected):
    assert text(source) == expected


@pytest.mark.parametrize(("source", "expected"), SET)
def test_sets_queues_and_stacks(source, expected):
    assert text(source) == expected


@pytest.mark.parametrize(("source", "expected"), LINQ)
def test_queries(source, expected):
    assert text(source) == expected


@pytest.mark.parametrize(("source", "expected"), TUPLES)
def test_tuples(source, expected):
    assert text(source) == expected


@pytest.mark.parametrize(("source", "expected"), EXCEPTIONS)
def test_exceptions(source, expected):
    assert text(source) == expected


@pytest.mark.parametrize(("source", "expected"), COMPARERS)
def test_comparers(source, expected):
    assert text(source) == expected


@pytest.mark.parametrize(("source", "exception"), FAILURES)
def test_failures(source, exception):
    assert failure(source) == exception

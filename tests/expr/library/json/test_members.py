"""Json.NET in C#: what the declared members do when an expression uses them."""

from __future__ import annotations

import pytest

from fastgw.expr.engine import ExpressionFailed, ExpressionRefused
from fastgw.expr.runtime.objects import to_text, type_of
from fastgw.expr.runtime.text import type_notation
from tests.expr.running import run

OBJECT = 'JObject.Parse("{\\"a\\":1,\\"b\\":{\\"c\\":[1,2,3]}}")'


def text(source: str) -> str:
    return to_text(run(source))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        # the object
        (f'{OBJECT}["a"]', "1"),
        (f'{OBJECT}["b"]["c"][1]', "2"),
        (f"{OBJECT}.Count", "2"),
        (f'{OBJECT}.Property("a").Value', "1"),
        (f'{OBJECT}.Property("A", StringComparison.OrdinalIgnoreCase).Name', "a"),
        (f'{OBJECT}.GetValue("A", StringComparison.OrdinalIgnoreCase)', "1"),
        (f'{OBJECT}.ContainsKey("z")', "False"),
        (f'{OBJECT}.TryGetValue("a", out JToken v) ? v.Path : "none"', "a"),
        (f'{OBJECT}.TryGetValue("B", StringComparison.OrdinalIgnoreCase, out JToken v) ? v.Path : ""', "b"),
        (f'string.Join(",", {OBJECT}.Properties().Select(p => p.Name))', "a,b"),
        (f"{OBJECT}.PropertyValues().Count()", "2"),
        (f"{OBJECT}.First.Next.Path", "b"),
        (f"{OBJECT}.Last.Previous.Path", "a"),
        (f'{OBJECT}["b"]["c"].Root.HasValues', "True"),
        (f'{OBJECT}["b"]["c"].Parent.Type', "Property"),
        (f'{OBJECT}["b"].Value<JArray>("c").Count', "3"),
        (f'{OBJECT}.Value<int?>("z") ?? 5', "5"),
        (f'{OBJECT}["b"]["c"].Values<int>().Sum()', "6"),
        (f"{OBJECT}.Descendants().Count()", "9"),
        (f"{OBJECT}.DescendantsAndSelf().Count()", "10"),
        (f'{OBJECT}["b"]["c"][0].Ancestors().Count()', "5"),
        (f'{OBJECT}["b"]["c"][0].AncestorsAndSelf().Count()', "6"),
        (f'{OBJECT}["b"]["c"][1].BeforeSelf().Count()', "1"),
        (f'{OBJECT}["b"]["c"][0].AfterSelf().Count()', "2"),
        (f'{OBJECT}.SelectToken("b.c[1]")', "2"),
        (f'{OBJECT}.SelectTokens("$..c[*]").Count()', "3"),
        (f"{OBJECT}.Children().Count()", "2"),
        (f"{OBJECT}.Children<JProperty>().Last().Name", "b"),
        (f"JToken.DeepEquals({OBJECT}, {OBJECT})", "True"),
        # looking at an object as a dictionary
        ('var s = ""; foreach (var p in ' + OBJECT + ') { s += p.Key + p.Value.Type; } return s;',
         "aIntegerbObject"),
        ("foreach (var p in " + OBJECT + ") { return p.ToString(); } return null;", "[a, 1]"),
        ("IDictionary<string, JToken> d = " + OBJECT + '; return d.Count + string.Join(",", d.Keys)'
         ' + d["a"];',
         "2a,b1"),
        ("var s = 0; foreach (JProperty p in (JToken)" + OBJECT + ") { s += p.Name.Length; } return s;", "2"),
        # building
        ('var o = new JObject { ["a"] = 1, ["b"] = "x", ["c"] = new JArray { 1, 2 }, ["d"] = null,'
         ' ["e"] = 1.5m }; return o.ToString(Formatting.None);',
         '{"a":1,"b":"x","c":[1,2],"d":null,"e":1.5}'),
        ('var o = new JObject(); o.Add("a", JToken.FromObject(new[] { 1 }));'
         ' o.AddFirst(new JProperty("z", 0));'
         " return o.ToString(Formatting.None);",
         '{"z":0,"a":[1]}'),
        ('new JObject(new[] { "a", "b" }.Select(k => new JProperty(k, k.Length))).ToString(Formatting.None)',
         '{"a":1,"b":1}'),
        ('new JProperty("a", 1, 2).ToString(Formatting.None)', '"a":[1,2]'),
        ("new JArray(new JArray(1, 2), new[] { 3, 4 }).ToString(Formatting.None)", "[[1,2],3,4]"),
        ('new JObject(new JObject { ["a"] = 1 }).ToString(Formatting.None)', '{"a":1}'),
        ("new JArray(new JArray(1)).ToString(Formatting.None)", "[1]"),
        ('new JConstructor("Date", 1).ToString(Formatting.None)', "new Date(1)"),
        ('new JRaw("{x}").ToString(Formatting.None)', "{x}"),
        # what a token is made of decides what its value is
        ("JToken t = 5; return ((JValue)t).Value.GetType().Name;", "Int64"),
        ("JToken t = (int?)5; return ((JValue)t).Value.GetType().Name;", "Int32"),
        ('return ((JValue)new JProperty("a", 5).Value).Value.GetType().Name;', "Int32"),
        ("return new JValue(5).Value.GetType().Name;", "Int64"),
        ("JToken t = 'c'; return t.Type;", "Integer"),
        ("JToken t = (string)null; return t.Type + t.ToString(Formatting.None);", "Stringnull"),
        ("JToken t = new byte[] { 1, 2 }; return t.Type + t.ToString(Formatting.None);", 'Bytes"AQI="'),
        ('JToken t = new Uri("https://a.example"); return t.Type + t.ToString(Formatting.None);',
         'Uri"https://a.example"'),
        ("JToken t = TimeSpan.FromSeconds(90); return t.Type + t.ToString(Formatting.None);",
         'TimeSpan"00:01:30"'),
        ("JToken t = DateTimeOffset.MinValue; return t.Type + t.ToString(Formatting.None);",
         'Date"0001-01-01T00:00:00+00:00"'),
        # changing
        ('var o = JObject.Parse("{\\"a\\":1}"); o.Property("a").Value = "z";'
         ' o.Property("a").AddAfterSelf(new JProperty("b", 2)); return o.ToString(Formatting.None);',
         '{"a":"z","b":2}'),
        ('var a = JArray.Parse("[1,2]"); a[0] = 5; a[1] = "x"; a.Insert(0, null); a.Last.AddBeforeSelf(9);'
         " return a.ToString(Formatting.None);",
         '[null,5,9,"x"]'),
        ('var a = JArray.Parse("[1,2,3]"); a.Remove(a[1]); a[0].Replace(7); a.RemoveAt(1); return a.Count'
         ' + ":" + a[0];',
         "1:7"),
        ('var a = JArray.Parse("[1]"); IList<JToken> l = a; l.Add(4); l.RemoveAt(0); return a[0];', "4"),
        ('var o = JObject.Parse("{\\"a\\":{\\"b\\":1}}"); o.Merge(JObject.Parse("{\\"a\\":{\\"c\\":2}}"));'
         ' return o.ToString(Formatting.None);',
         '{"a":{"b":1,"c":2}}'),
        ('var v = new JValue(1); v.Value = "x"; return v.Type;', "String"),
        # LINQ over tokens
        ('JArray.Parse("[{\\"a\\":1},{\\"a\\":2}]").Values("a").Values<int>().Sum()', "3"),
        ('JArray.Parse("[{\\"a\\":1},{\\"a\\":2}]").Values<int>("a").Sum()', "3"),
        ('JArray.Parse("[{\\"a\\":1},{\\"a\\":2}]").Children()["a"].Values<int>().Sum()', "3"),
        ('JArray.Parse("[{\\"a\\":1},{\\"b\\":2}]").Children<JObject>().Properties().Count()', "2"),
        ('JArray.Parse("[[1,2],[3]]").Children().Children().Values<int>().Sum()', "6"),
        ('JArray.Parse("[[1],[2]]").Children<JArray>().Descendants().Count()', "2"),
        ('JArray.Parse("[[1],[2]]").Children<JArray>().DescendantsAndSelf().Count()', "4"),
        ('JArray.Parse("[1,2]").Children().Ancestors().Count()', "2"),
        ('JArray.Parse("[1,2]").AsJEnumerable().Count()', "2"),
        ('JArray.Parse("[1,1,2]").Distinct().Count()', "2"),
        ('JArray.Parse("[[1],[1],2]").Distinct(JToken.EqualityComparer).Count()', "2"),
        ('JArray.Parse("[3,1,2]").OrderBy(t => t).First()', "1"),
        ('JArray.Parse("[3,1,2]").Max()', "3"),
        ('JArray.Parse("[1,2]").Count()', "2"),
        ("default(JEnumerable<JToken>).Count()", "0"),
        # conversions of other types' members
        ('Convert.ToInt32(JToken.Parse("\\"7\\""))', "7"),
        ('string.Format("{0:F2}", JToken.Parse("7.5"))', "7.50"),
        ('string.Join(",", JArray.Parse("[1,\\"a\\",null]"))', "1,a,"),
        ('(int?)JToken.Parse("1") + 1', "2"),
        ("new JValue(5).CompareTo(new JValue(6))", "-1"),
        ("new JValue(5).Equals(new JValue(5L))", "True"),
        # JsonConvert
        ('JsonConvert.DeserializeObject<List<Dictionary<string, object>>>("[{\\"a\\":1}]")[0]["a"]', "1"),
        ('((JObject)JsonConvert.DeserializeObject("{\\"a\\":1}"))["a"]', "1"),
        ("JsonConvert.SerializeObject(new { when = new DateTime(2024, 3, 5), n = (int?)null })",
         '{"when":"2024-03-05T00:00:00","n":null}'),
        ('JToken.Parse("5").ToObject(typeof(int))', "5"),
        ('JsonConvert.DeserializeObject("5", typeof(int))', "5"),
        # what goes wrong is told
        ('try { JObject.Parse("{"); } catch (JsonReaderException e) { return e.LineNumber + e.Path'
         " + e.Message; } return null;",
         "1Unexpected end of content while loading JObject. Path '', line 1, position 1."),
        ('try { JObject.Parse("{"); } catch (JsonException e) { return e.GetType().Name; } return null;',
         "JsonReaderException"),
    ],
)  # fmt: skip
def test_members(source: str, expected: str) -> None:
    assert text(source) == expected


@pytest.mark.parametrize(
    ("source", "exception", "message"),
    [
        (f'{OBJECT}["z"]["b"]', "System.NullReferenceException",
         "Object reference not set to an instance of an object."),
        (f"{OBJECT}[0]", "System.ArgumentException",
         "Accessed JObject values with invalid key value: 0. Object property name expected."),
        (f'{OBJECT}["a"].Remove(); return 1;', "Newtonsoft.Json.JsonException",
         "Cannot add or remove items from Newtonsoft.Json.Linq.JProperty."),
        (f"{OBJECT}.Value<string>()", "System.InvalidCastException",
         "Cannot cast Newtonsoft.Json.Linq.JObject to Newtonsoft.Json.Linq.JToken."),
        ('JToken.Parse("1").Values<int>()', "System.InvalidOperationException",
         "Cannot access child value on Newtonsoft.Json.Linq.JValue."),
        ("var a = new JArray(); a.Add(new { x = 1 }); return a;", "System.ArgumentException",
         "Could not determine JSON object type for type <>f__AnonymousType0`1[System.Int32]."),
        ("JObject.FromObject(5)", "System.ArgumentException",
         "Object serialized to Integer. JObject instance expected."),
        ("new[] { 1 }.Select(n => (JToken)n).Value<int>()", "System.ArgumentException",
         "Source value must be a JToken."),
    ],
)  # fmt: skip
def test_members_that_raise(source: str, exception: str, message: str) -> None:
    with pytest.raises(ExpressionFailed) as caught:
        run(source)
    assert (caught.value.exception, caught.value.details) == (exception, message)


@pytest.mark.parametrize(
    ("source", "notation"),
    [
        ('JToken.Parse("5")', "Newtonsoft.Json.Linq.JValue"),
        ("new JRaw(1)", "Newtonsoft.Json.Linq.JRaw"),
        (f"{OBJECT}.First", "Newtonsoft.Json.Linq.JProperty"),
        ('JToken.Parse("[]").Children()', "Newtonsoft.Json.Linq.JEnumerable<Newtonsoft.Json.Linq.JToken>"),
        ('((JValue)JToken.Parse("12345678901234567890")).Value', "System.Numerics.BigInteger"),
        ("JTokenType.Null", "Newtonsoft.Json.Linq.JTokenType"),
    ],
)
def test_run_time_types(source: str, notation: str) -> None:
    assert type_notation(type_of(run(source))) == notation


@pytest.mark.parametrize(
    "source",
    [
        "JObject.Load(null)",
        'JsonConvert.PopulateObject("{}", new object())',
        "new JsonSerializerSettings()",
        "JsonConvert.DefaultSettings",
        'int x = JToken.Parse("1"); return x;',
        f"{OBJECT}.a",
    ],
)
def test_what_is_not_declared_does_not_exist(source: str) -> None:
    with pytest.raises(ExpressionRefused):
        run(source)

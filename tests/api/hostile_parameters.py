"""Wrong values of every query parameter and every path parameter of the OpenAPI document.

A wrong value is 400 and names the parameter; a text that nothing has finds nothing; whatever is
asked, the answer is no 5xx, comes soon, and never is everything as if nothing had been asked.
"""

import urllib.parse

from hostile_support import Hostile
from openapi_bounds import follow

WRONG_INTEGERS = ("", " ", "x", "1.5", "1e3", "0x10", "+1", "1 ", " 1", "--1", "1,2", "null",
                  "true", "NaN", "Infinity", "1_000", "\u0661", "\uff11", "9223372036854775808",
                  "99999999999999999999999", "-9223372036854775809", "1\u0000", "[1]", "1;2")
WRONG_BOOLEANS = ("", " ", "yes", "no", "1", "0", "TRUE", "False", "truefalse", "true,false",
                  "null", "true ", "t", "\u0000true")
WRONG_WORDS = ("", " ", "x", "null", "*", "-", "pass,fail;drop", "PASS;", "\u0000", "%", "..", "[]",
               "0", "é", "a" * 300)
WRONG_TIMES = ("", "yesterday", "2026-13-01T00:00:00Z", "2026-01-01", "1767225600", "null",
               "2026-01-01T25:00:00Z", "2026-02-30T00:00:00Z", "2026-01-01T00:00:00", "\u0000")
# Nobody and nothing has these.
UNKNOWN_TEXTS = ("no-such-thing", "%", "%%", "_", "*", "?", "' OR 1=1 --", "\\", "\"", "null", "[]",
                 "{}", "<script>alert(1)</script>", "../../etc/passwd", "\u0001", "𝕏", "é",
                 "a" * 3000, "filled\u0000", "' OR ''='", "$(id)", "{{7*7}}", "\r\nX-Injected: 1")
WRONG_QUERIES = ("", " ", "(", ")", "kind:", "kind:(", "AND", "OR", "NOT", "a AND", "a OR", "((((",
                 "\"", "kind:\"", "()", "a )", "NOT NOT", "(" * 40 + "a" + ")" * 40, "\u0000",
                 "a " * 150, "x" * 4097)
# Not decoded: whole queries whose encoding is wrong.
WRONG_ENCODINGS = ("%", "%z", "%zz", "%f", "%ff", "%c0%af", "%ed%a0%80", "%00",
                   "%f5%80%80%80", "%e2%82")
SEGMENTS = ("%", "%zz", "%f", "%ff", "%c0%af", "%00", "x%00", "%ed%a0%80", "..", ".", "%2e%2e",
            "%2f", "%2F..%2F", "%5c", "null", "0", "-1", "*", "%25", "'", "%22",
            "%3Cscript%3E",
            "%0d%0aX-Injected:%201", ";", "%F0%9D%95%8F", "%7B%7D", "[]", "%20", "a%20b",
            "service:",
            ":x", "service:default/", "service:/x", "a" * 3000,
            "00000000-0000-0000-0000-000000000000",
            "by-rule%20", "BY-RULE", "1e309", "@", "~", "undefined", "%E2%80%AE", "$%7Bx%7D",
            "no-such-thing")


RULE = b'{"data":{"attributes":{"name":"N","scorecard_name":"S"}}}'


def operations(document, methods):
    """(method, path, operation, its parameters with references followed)."""
    for path, item in document["paths"].items():
        for method in methods:
            if method in item and path.startswith("/api/"):
                parameters = item.get("parameters", []) + item[method].get("parameters", [])
                yield method.upper(), path, [follow(document, each) for each in parameters]


def wrong_values(schema):
    """A text that is no value of the schema; None: any text is."""
    if schema.get("type") == "integer":
        outside = [str(schema[bound] + step) for bound, step in (("minimum", -1), ("maximum", 1))
                   if bound in schema]
        return [*WRONG_INTEGERS, *outside]
    if schema.get("type") == "boolean":
        return WRONG_BOOLEANS
    if "enum" in schema:
        upper = [value.upper() for value in schema["enum"] if value]
        return [value for value in (*WRONG_WORDS, *upper) if value.strip() not in schema["enum"]]
    if schema.get("format") == "date-time":
        return WRONG_TIMES
    if "pattern" in schema:
        return [value for value in WRONG_WORDS if value.strip(" ,")]
    return None


def parameter_cases(parameter, document):
    """(value, whether it is refused; else it must find nothing)."""
    schema = follow(document, parameter["schema"])
    if parameter["name"] == "filter[entity][query]":
        yield from ((value, True) for value in WRONG_QUERIES)
        return
    wrong = wrong_values(schema)
    if wrong is not None:
        yield from ((value, True) for value in wrong)
    elif parameter["name"].startswith("filter["):
        yield from ((value, "\u0000" in value) for value in UNKNOWN_TEXTS)


def is_empty(answer):
    return answer.status == 200 and answer.json.get("data") == []


# Read and ignored, as documented.
IGNORED = {"filter[exclude_snapshot]"}


def test_every_query_parameter(server):
    hostile = Hostile(server, "hostile-parameters")
    good = hostile.fill()
    for method, path, parameters in operations(hostile.document, ["get"]):
        target = path.format(**good, id="x")
        for parameter in parameters:
            name = parameter["name"]
            if parameter["in"] != "query" or name in IGNORED:
                continue
            for value, refused in parameter_cases(parameter, hostile.document):
                asked = f"{target}?{urllib.parse.urlencode({name: value})}"
                answer = hostile.ask(asked[:200], method, asked)
                if refused or (answer is not None and answer.status != 200):
                    # U+0000 is refused before anybody knows the parameter.
                    hostile.expect_refused(asked[:200], answer,
                                           None if "\u0000" in value else name)
                elif answer is not None and not is_empty(answer):
                    hostile.fail(asked[:200], f"did not narrow the list: {answer}")
            for value in WRONG_ENCODINGS:
                asked = f"{target}?{urllib.parse.quote(name)}={value}"
                hostile.expect_refused(asked, hostile.ask(asked, method, asked))
    hostile.finish(least=2_046)


def test_every_path_parameter(server):
    hostile = Hostile(server, "hostile-paths")
    hostile.fill()
    before = hostile.snapshot()
    for method, path, parameters in operations(hostile.document, ["get", "put", "delete"]):
        if not any(parameter["in"] == "path" for parameter in parameters):
            continue
        prefix = path.partition("{")[0]
        body = RULE if method == "PUT" else b""
        for segment in SEGMENTS:
            what = f"{method} {prefix}{segment}"[:200]
            answer = hostile.ask(what, method, prefix + segment, body)
            hostile.expect_refused(what, answer)
            if answer is not None and answer.header("x-injected"):
                hostile.fail(what, "a header was injected")
    if hostile.snapshot() != before:
        hostile.fail("all of them", "something has changed")
    hostile.finish(least=330)

"""Shows that the check finds what it is for: good exchanges pass, each broken one does not. Run by
openapi/run before the check, on the document of the sources."""

import copy
import json
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.append(str(ROOT / "tools"))

import check  # noqa: E402
import openapi  # noqa: E402
import routes  # noqa: E402
from document import Document  # noqa: E402
from exchanges import Exchanges  # noqa: E402

KEYS = [["DD-API-KEY", "a"], ["DD-APPLICATION-KEY", "b"]]
RATE = [["x-request-id", "r1"], ["x-ratelimit-limit", "10"], ["x-ratelimit-period", "60"],
        ["x-ratelimit-remaining", "9"], ["x-ratelimit-reset", "3"], ["x-ratelimit-name", "key"],
        ["scorekeeper-position", "7"]]
JSON_API = ["content-type", "application/vnd.api+json"]
ID = "4iexte5r8prsrlrtzzxpy"
OUTCOMES = "/api/v2/scorecard/outcomes"


def source_text(*names):
    """The document as the build makes it, or one of some of its parts."""
    folder = ROOT / "src" / "app" / "openapi"
    parts = {path.stem: openapi.read(path) for path in sorted(folder.glob("*.json"))}
    sets = parts.pop(Path(openapi.SETS).stem)
    chosen = {name: parts[name] for name in names or parts}
    return json.dumps(openapi.make(chosen, sets, "0.0.0"))


DOCUMENT = Document(source_text())
ROUTED = {(each.method, each.path) for each in DOCUMENT.operations}


def exchange(method, target, status, headers, body, request=""):
    return {"where": "good", "method": method, "target": target, "request_headers": KEYS,
            "request_body": request, "status": status, "headers": headers,
            "body": json.dumps(body) if body else ""}


def accepted():
    return exchange(
        "POST", OUTCOMES, 202,
        [*RATE, JSON_API, ["location", f"/api/v2/scorecard/async-requests/{ID}"]],
        {"data": {"id": ID, "type": "async-request"}, "meta": {"total_received": 1}},
        '{"data":{"attributes":{"results":[{"rule_id":"a","entity_reference":"service:b",'
        '"state":"pass","ours":1}]},"other":true}}')


def page():
    item = {"id": "r\\a", "type": "outcome", "attributes": {
        "created_at": "2026-05-14T19:32:24Z", "entity_reference": "service:default/a",
        "modified_at": "2026-05-14T19:32:24Z", "reported_at": "2026-05-14T19:32:24.5Z",
        "service_name": "a", "state": "pass"},
        "relationships": {"rule": {"data": {"id": "r", "type": "rule"}}}}
    return exchange("GET", OUTCOMES + "?page%5Bsize%5D=10&filter[rule][enabled]=true", 200,
                    [*RATE, JSON_API], {"data": [item], "links": {"next": "/x"}})


def refused():
    error = {"status": "400", "title": "Bad Request", "source": {"pointer": "/data"}}
    return exchange("POST", OUTCOMES, 400, [*RATE, JSON_API], {"errors": [error]}, None)


def deleted():
    return exchange("DELETE", "/api/v2/scorecard/rules/r", 204, RATE, None)


def unknown_path():
    error = {"status": "404", "title": "Not Found"}
    return exchange("GET", "/nothing", 404, [RATE[0], JSON_API], {"errors": [error]}, None)


def service():
    """A bare slash in the path, and a body that is not read."""
    return exchange("DELETE", "/api/v2/catalog/entity/service:default/a", 204, RATE, None)


def change(make, *path, to):
    """A good exchange with the member at `path` replaced, or removed with None."""
    broken = copy.deepcopy(make())
    path = list(path)
    body = path[0] in ("body", "request_body") and len(path) > 1
    target = json.loads(broken[path[0]]) if body else broken
    place = target
    for step in path[1 if body else 0:-1]:
        place = place[step]
    if to is None:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    if body:
        broken[path[0]] = json.dumps(target)
    return broken


def attribute(name, to):
    return change(page, "body", "data", 0, "attributes", name, to=to)


def query(text):
    return change(page, "target", to=f"{OUTCOMES}?{text}")


BROKEN = {
    "member that is not described": change(accepted, "body", "meta", "total", to=1),
    "item's member that is not described": attribute("stat", "pass"),
    "member that is missing": attribute("reported_at", None),
    "number for a string": attribute("service_name", 1),
    "string for a number": change(accepted, "body", "meta", "total_received", to="1"),
    "1.0 for 1": change(accepted, "body", "meta", "total_received", to=1.0),
    "null": change(accepted, "body", to="null"),
    "empty text": attribute("remarks", ""),
    "unknown state": attribute("state", "passed"),
    "date that is none": attribute("created_at", "yesterday"),
    "other type": change(page, "body", "data", 0, "type", to="outcomes"),
    "object for a list": change(page, "body", "data", to={}),
    "no links": change(page, "body", "links", to=None),
    "no JSON": change(page, "body", to="{"),
    "member twice": change(refused, "body",
                           to='{"errors":[{"status":"400","status":"400","title":"Bad Request"}]}'),
    "status that is not described": change(deleted, "status", to=206),
    "error of another status": change(refused, "body", "errors", 0, "status", to="409"),
    "error as a string": change(refused, "body", "errors", to=["Bad Request"]),
    "place of no kind": change(refused, "body", "errors", 0, "source", to={"place": "/data"}),
    "media type": change(accepted, "headers", to=[*accepted()["headers"][:6],
                                                  ["content-type", "application/json"]]),
    "no location": change(accepted, "headers", to=[*RATE, JSON_API]),
    "no rate limit": change(page, "headers", to=[RATE[0], JSON_API]),
    "rate limit that is no number": change(page, "headers", to=[
        *RATE[:1], ["x-ratelimit-limit", "many"], *RATE[2:], JSON_API]),
    "body with 204": change(deleted, "body", to="{}"),
    "media type with 204": change(deleted, "headers", to=[*RATE, JSON_API]),
    "404 of a path": change(unknown_path, "target", to=OUTCOMES),
    "405 of no path": change(unknown_path, "status", to=405),
    "200 of no path": change(unknown_path, "status", to=200),
    "parameter that is not described": query("page[length]=1"),
    "page that is too long": query("page[size]=101"),
    "page that is no number": query("page[size]=x"),
    "boolean that is none": query("filter[rule][enabled]=yes"),
    "state of a filter": query("filter[outcome][state]=PASS"),
    "request without rule": change(accepted, "request_body", "data", "attributes", "results", 0,
                                   "rule_id", to=None),
    "request with a bad reference": change(accepted, "request_body", "data", "attributes",
                                           "results", 0, "entity_reference", to="a"),
    "request without its body": change(accepted, "request_body", to=""),
    "request that is no JSON": change(accepted, "request_body", to="{"),
    "accepted without keys": change(page, "request_headers", to=KEYS[:1]),
}


class Check(unittest.TestCase):
    def problems(self, recorded):
        return Exchanges(DOCUMENT, ROUTED).problems(recorded)

    def test_good_exchanges_pass(self):
        for make in (accepted, page, refused, deleted, unknown_path, service):
            self.assertEqual(self.problems(make()), [], make.__name__)

    def test_broken_exchanges_are_found(self):
        for name, broken in BROKEN.items():
            with self.subTest(name):
                self.assertNotEqual(self.problems(broken), [])

    def test_what_was_seen_is_remembered(self):
        exchanges = Exchanges(DOCUMENT, ROUTED)
        exchanges.problems(accepted())
        exchanges.problems(refused())
        self.assertEqual(exchanges.seen, {
            f"POST {OUTCOMES} 202 application/vnd.api+json", f"POST {OUTCOMES} 400",
            "security apiKeyAuth", "security appKeyAuth"})

    def test_an_operation_without_route_is_no_operation(self):
        exchanges = Exchanges(DOCUMENT, ROUTED - {("POST", OUTCOMES)})
        self.assertNotEqual(exchanges.problems(accepted()), [])


class TheDocument(unittest.TestCase):
    TEXT = source_text("info", "headers", "errors", "operation")  # the whole one takes longer

    def problems(self, old, new):
        self.assertIn(old, self.TEXT)
        return list(Document(self.TEXT.replace(old, new, 1)).problems())

    def test_is_good(self):
        self.assertEqual(self.problems("Scorekeeper", "Other"), [])

    def test_breaks_with_the_specification(self):
        for old, new in (('"operationId": "Validate"', '"operationid": "Validate"'),
                         ('"operationId": "Validate"', '"operationId": "GetVersion"'),
                         ('"in": "header"', '"in": "head"'),
                         ('"apiKeyAuth": []', '"apiKey": []'),
                         ('"minLength": 1', '"minLength": "1"')):
            self.assertNotEqual(self.problems(old, new), [], old)

    def test_breaks_with_its_examples(self):
        for old, new in (('"errors": ["API key required"]', '"errors": [{}]'),
                         ('"examples": ["page[size]"]', '"examples": [1]')):
            self.assertNotEqual(self.problems(old, new), [], old)


class TheRoutes(unittest.TestCase):
    TABLE = ('constexpr Row table[] = {\n'
             '    deferred (delete_, "/a/{id}",   write, remove),  // gone\n'
             '    on_loop  (get,     "/b/{ref*}", open,  list),\n'
             '};\n')

    def test_are_read(self):
        self.assertEqual(routes.read(self.TABLE), {("DELETE", "/a/{id}"): "write",
                                                   ("GET", "/b/{ref}"): "open"})

    def test_are_not_skipped(self):
        for text in ("", self.TABLE.replace("on_loop ", "on_roof ")):
            with self.assertRaises(ValueError):
                routes.read(text)

    def test_must_be_those_of_the_document(self):
        rows = routes.read(check.ROUTES.read_text("utf-8"))
        listed = check.read_list(check.UNEXERCISED)
        self.assertEqual(list(routes.problems(rows, DOCUMENT, listed)), [])
        key = ("POST", OUTCOMES)
        for changed in ({**rows, ("GET", "/other"): "open"}, {**rows, key: "open"},
                        {**rows, key: "read"},
                        {other: access for other, access in rows.items() if other != key}):
            self.assertEqual(len(list(routes.problems(changed, DOCUMENT, listed))), 1)


class Coverage(unittest.TestCase):
    def test_is_whole_or_listed(self):
        def found(seen, listed):
            return len(list(check.coverage_problems({"a", "b"}, seen, listed)))

        self.assertEqual(found({"a", "b"}, set()), 0)
        self.assertEqual(found({"a"}, {"b"}), 0)
        self.assertEqual(found({"a"}, set()), 1)
        self.assertEqual(found({"a", "b"}, {"b"}), 1)
        self.assertEqual(found({"a", "b"}, {"c"}), 1)


if __name__ == "__main__":
    unittest.main()

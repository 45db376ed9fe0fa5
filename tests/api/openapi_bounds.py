"""Asks the server at and beyond each bound that its OpenAPI document gives a page's parameters:
what the document allows is answered 200, what lies one outside 400. So neither drifts."""

import json
import urllib.parse

PAGE_SIZES = {"page[size]", "page[limit]"}
# A value for each parameter of a path that leads to a list.
PATH_VALUES = {"aggregation": "by-rule"}


def follow(document, value):
    """The value, or what its reference names."""
    while "$ref" in value:
        found = document
        for step in value["$ref"].removeprefix("#/").split("/"):
            found = found[step.replace("~1", "/").replace("~0", "~")]
        value = found
    return value


def page_parameters(document):
    """(path, name, schema) of each parameter of a page."""
    for path, item in document["paths"].items():
        operation = item.get("get", {})
        for parameter in item.get("parameters", []) + operation.get("parameters", []):
            parameter = follow(document, parameter)
            if parameter["in"] == "query" and parameter["name"].startswith("page["):
                yield path, parameter["name"], follow(document, parameter["schema"])


def questions(schema):
    """(value, the status that it must have)."""
    for bound, outside in (("minimum", -1), ("maximum", 1)):
        if bound in schema:
            yield schema[bound], 200
            yield schema[bound] + outside, 400


def test_bounds_of_pages(server):
    keys = server.create_keys(
        "bounds", scopes="apm_service_catalog_read,cases_read,scorekeeper_admin")
    server.wait_for_keys(keys)
    wrong = []
    asked = set()
    with server.client(keys) as client:
        document = json.loads(client.call("GET", "/openapi.json").body)
        for path, name, schema in page_parameters(document):
            if name in PAGE_SIZES:
                assert "maximum" in schema, f"{path}: {name} has no maximum"
            assert "minimum" in schema, f"{path}: {name} has no minimum"
            asked.add(path)
            for value, status in questions(schema):
                target = path.format(**PATH_VALUES) + "?" + urllib.parse.urlencode({name: value})
                answer = client.call("GET", target)
                if answer.status != status:
                    wrong.append(f"{target}: {answer.status}, not {status}")
    assert not wrong, "\n".join(wrong)
    assert len(asked) >= 9, asked

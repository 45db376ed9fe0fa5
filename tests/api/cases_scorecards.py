"""Cases of rules and outcomes."""

import json

from cases_support import BATCH, ENTITIES, OUTCOMES, RULES, Org, error_of, path_of

SCORES = "/api/v2/scorecard/scores"


def outcomes_of(org, query=""):
    return org.get(f"{OUTCOMES}?page[size]=100{query}")["data"]


def test_19_one_bad_result_of_a_hundred(server):
    org = Org(server, "case-19")
    rule = ("REPLACE_RULE_ID", org.create_rule("nineteen"))
    _, pointer = error_of(org.post(BATCH, "19", 400, replace=[rule]))
    assert pointer == "/data/attributes/results/57/state", pointer
    assert outcomes_of(org) == []
    answer = org.post(BATCH, "19", replace=[rule, ('"passed"', '"pass"')])
    assert answer["meta"]["total_received"] == answer["meta"]["total_updated"] == 100, answer
    assert len(outcomes_of(org)) == 100


def test_21_remarks_with_markup(server):
    """They come back as they were sent; only who shows them may make a link of them."""
    org = Org(server, "case-21")
    org.post(OUTCOMES, "21", 202, replace=[("REPLACE_RULE_ID", org.create_rule("twenty-one"))])
    [outcome] = outcomes_of(org)
    assert outcome["attributes"]["remarks"] == (
        '<a href="https://ci.example.com/1">run</a> <img src=x onerror=alert(1)> \u202eevil & '
        "=1+1 " + 600 * "é"), outcome


def test_22_wrong_parameters(server):
    """A filter that nobody knows would answer with everything; a name is no pattern; a page has
    an end."""
    org = Org(server, "case-22")
    org.create_rule("production-ready")
    lines = path_of("22").read_text().split("\n")
    unknown, pattern, large = [line.removeprefix("GET ") for line in lines if line]
    [error] = org.get(unknown, 400)["errors"]
    assert error["source"] == {"parameter": "filter[service_name]"}, error
    assert 'did you mean "filter[outcome][service_name]"?' in error["detail"], error
    assert org.get(pattern)["data"] == []
    assert len(org.get(pattern.replace("*", "-ready"))["data"]) == 1
    [error] = org.get(large, 400)["errors"]
    assert error["source"] == {"parameter": "page[size]"}, error


def test_23_the_same_rule_twice(server):
    """Two rules: the API has no name that would be unique. Outcomes stay with the id."""
    org = Org(server, "case-23")
    first, second = org.create_rule("twice"), org.create_rule("twice")
    assert first != second
    result = {"rule_id": first, "entity_reference": "service:a", "state": "fail"}
    document = {"data": {"attributes": {"results": [result]}}}
    assert org.send("POST", OUTCOMES, json.dumps(document).encode()).status == 202
    renamed = {"data": {"attributes": {"name": "renamed", "scorecard_name": "Cases"}}}
    answer = org.send("PUT", f"{RULES}/{first}", json.dumps(renamed).encode())
    assert answer.status == 200 and answer.json["data"]["id"] == first, answer
    [outcome] = outcomes_of(org)
    assert outcome["relationships"]["rule"]["data"]["id"] == first, outcome
    # A script that looks for its rule by name finds it beyond the first page, too.
    for number in range(100):
        org.create_rule(f"filler {number:03}")
    assert len(org.get(RULES)["data"]) == 100
    [found] = org.get(f"{RULES}?filter[rule][name]=twice")["data"]
    assert found["id"] == second, found


def test_29_a_rule_without_a_scope(server):
    """It asks services, queues and datastores, as its answer says; two thousand APIs are not
    without data."""
    org = Org(server, "case-29")
    code, _ = org.run_import("52")
    assert code == 0 and len(org.names()) == 1000  # a page of them
    answer = org.send("POST", RULES, json.dumps(
        {"data": {"attributes": {"name": "unscoped", "scorecard_name": "Cases"}}}).encode())
    rule = answer.json["data"]["id"]
    kinds = [scope["kind"] for scope in answer.json["included"][0]["attributes"]["scopes"]]
    assert kinds == ["service", "queue", "datastore"], kinds

    def totals():
        [row] = org.get(f"{SCORES}/by-rule")["data"]
        return row["attributes"]["total_entities"], row["attributes"]["total_no_data"]

    assert totals() == (0, 0)
    assert org.get(f"{SCORES}/by-entity")["meta"]["total"] == 0
    service = {"apiVersion": "v3", "kind": "service", "metadata": {"name": "shop"}}
    assert org.send("POST", ENTITIES, json.dumps(service).encode()).status == 202
    assert totals() == (1, 1)
    # An API that reports all the same is listed and scored.
    api = next(name for name in org.names() if name.startswith("api:"))
    result = {"rule_id": rule, "entity_reference": api, "state": "pass"}
    document = {"data": {"attributes": {"results": [result]}}}
    assert org.send("POST", OUTCOMES, json.dumps(document).encode()).status == 202
    assert totals() == (2, 1)
    assert len(outcomes_of(org)) == 1

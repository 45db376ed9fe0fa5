"""Cases of rules and outcomes."""

import json

from cases_support import BATCH, OUTCOMES, RULES, Org, error_of


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

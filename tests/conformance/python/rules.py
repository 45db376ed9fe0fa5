"""Rules and scorecards through the official Python client."""

from datadog_api_client.exceptions import NotFoundException
from datadog_api_client.v2.model.rule_type import RuleType
from datadog_api_client.v2.model.update_rule_request import UpdateRuleRequest
from datadog_api_client.v2.model.update_rule_request_data import UpdateRuleRequestData

from support import (
    API,
    check,
    create_rule,
    expect,
    expect_equal,
    expect_parsed,
    expect_recent,
    expect_refused,
    outcome,
    outcomes_request,
    rule_attributes,
)


@check("CreateScorecardRule", "every attribute comes back typed")
def rule_is_created():
    answer = create_rule(
        "All attributes",
        description="Describes <it>",
        enabled=True,
        level=2,
        owner="Platform",
        scope_query="kind:service",
    )
    expect_parsed(answer)
    expect_equal(str(answer.data.type), "rule", "type")
    attributes = answer.data.attributes
    expect_equal(
        (attributes.name, attributes.scorecard_name, attributes.category),
        ("All attributes", "Python conformance", "Python conformance"),
        "names",
    )
    expect_equal(
        (attributes.description, attributes.enabled, attributes.level, attributes.owner),
        ("Describes <it>", True, 2, "Platform"),
        "attributes",
    )
    expect_equal(attributes.scope_query, "kind:service", "scope_query")
    expect_equal(attributes.custom, True, "custom")
    expect_recent(attributes.created_at, "created_at")
    expect_equal(attributes.created_at, attributes.modified_at, "modified_at at creation")
    expect_equal(str(answer.data.relationships.scorecard.data.type), "scorecard", "scorecard type")


@check("CreateScorecardRule", "level is 3 and enabled true when not sent")
def rule_defaults():
    attributes = create_rule("Defaults").data.attributes
    expect_equal((attributes.level, attributes.enabled), (3, True), "level, enabled")


@check("UpdateScorecardRule", "a rule is replaced as a whole")
def rule_is_updated():
    created = create_rule("Before", description="gone", owner="gone", level=1)
    answer = API.update_scorecard_rule(
        rule_id=created.data.id,
        body=UpdateRuleRequest(
            data=UpdateRuleRequestData(
                attributes=rule_attributes("After", enabled=False), type=RuleType.RULE
            )
        ),
    )
    expect_parsed(answer)
    attributes = answer.data.attributes
    expect_equal(
        (answer.data.id, attributes.name, attributes.enabled, attributes.level),
        (created.data.id, "After", False, 3),
        "rule",
    )
    expect("description" not in attributes, "description is cleared")
    expect("owner" not in attributes, "owner is cleared")
    # A create answer may have nanoseconds; later ones are cut to microseconds.
    expect_equal(attributes.created_at, created.data.attributes.created_at, "created_at")
    expect(attributes.modified_at > attributes.created_at, "modified_at moves on")


@check("UpdateScorecardRule", "an unknown id raises NotFoundException")
def unknown_rule_is_updated():
    error = expect_refused(
        404,
        lambda: API.update_scorecard_rule(
            rule_id="REPLACE.ME",
            body=UpdateRuleRequest(data=UpdateRuleRequestData(attributes=rule_attributes("X"))),
        ),
        detail="rule not found: REPLACE.ME",
        title="Not Found",
    )
    expect(isinstance(error, NotFoundException), "NotFoundException")


@check("DeleteScorecardRule", "a deleted rule and its outcomes are gone")
def rule_is_deleted():
    rule_id = create_rule("Deleted").data.id
    API.update_scorecard_outcomes(outcomes_request([outcome(rule_id, "service:a")]))
    expect_equal(API.delete_scorecard_rule(rule_id=rule_id), None, "answer")
    listed = API.list_scorecard_rules(filter_rule_id=rule_id)
    expect_parsed(listed)
    expect_equal(listed.data, [], "rules")
    expect_equal(API.list_scorecard_outcomes(filter_rule_id=rule_id).data, [], "outcomes")


@check("DeleteScorecardRule", "an unknown id raises NotFoundException")
def unknown_rule_is_deleted():
    error = expect_refused(
        404,
        lambda: API.delete_scorecard_rule(rule_id="a/b c"),
        detail="rule not found: a/b c",
        title="Not Found",
    )
    expect(isinstance(error, NotFoundException), "NotFoundException")


@check("ListScorecardRules", "filters, sparse fields and includes are understood")
def rules_are_filtered():
    rule_id = create_rule("Filtered rule + more", description="About Filters & such").data.id
    for filters in (
        {"filter_rule_id": rule_id},
        {"filter_rule_name": "Filtered rule + more"},
        {"filter_rule_description": "about filters &"},
        {"filter_rule_id": rule_id, "filter_rule_enabled": True, "filter_rule_custom": True},
        {"filter_rule_id": rule_id, "include": "scorecard", "fields_scorecard": "name"},
    ):
        listed = API.list_scorecard_rules(**filters)
        expect_parsed(listed)
        expect_equal([item.id for item in listed.data], [rule_id], f"rules by {filters}")
    sparse = API.list_scorecard_rules(filter_rule_id=rule_id, fields_rule="name").data[0]
    expect_equal(sparse.attributes.to_dict(), {"name": "Filtered rule + more"}, "attributes")
    disabled = API.list_scorecard_rules(filter_rule_id=rule_id, filter_rule_enabled=False)
    expect_equal(disabled.data, [], "disabled rules")


@check("ListScorecardRules", "links lead to the pages around")
def links_of_rules():
    links = API.list_scorecard_rules(page_size=2, page_offset=2).links
    expect_equal(
        links.next, "/api/v2/scorecard/rules?page%5Blimit%5D=2&page%5Boffset%5D=4", "links.next"
    )


@check("ListScorecards", "scorecards are listed, found and typed")
def scorecards_are_listed():
    rule = create_rule("In a scorecard", scorecard_name="Python scorecard & more")
    wanted = rule.data.relationships.scorecard.data.id
    for filters in (
        {"filter_scorecard_id": wanted},
        {"filter_scorecard_name": "scorecard & more"},
        {"page_size": 100, "page_offset": 0},
    ):
        listed = API.list_scorecards(**filters)
        expect_parsed(listed)
        found = [item for item in listed.data if item.id == wanted]
        expect_equal(len(found), 1, f"scorecards by {filters}")
        expect_equal(found[0].attributes.name, "Python scorecard & more", "name")
        expect_equal(str(found[0].type), "scorecard", "type")
        expect_recent(found[0].attributes.created_at, "created_at")
        expect_recent(found[0].attributes.modified_at, "modified_at")

"""Outcomes and their batches, by the documented example first, and what is refused."""

import os
import warnings

from datadog_api_client import ApiClient
from datadog_api_client.v2.model.outcomes_batch_attributes import OutcomesBatchAttributes
from datadog_api_client.v2.model.outcomes_batch_request import OutcomesBatchRequest
from datadog_api_client.v2.model.outcomes_batch_request_data import OutcomesBatchRequestData
from datadog_api_client.v2.model.outcomes_batch_request_item import OutcomesBatchRequestItem
from datadog_api_client.v2.model.outcomes_batch_type import OutcomesBatchType
from datadog_api_client.v2.api.scorecards_api import ScorecardsApi
from datadog_api_client.v2.model.state import State
from datadog_api_client.v2.model.update_outcomes_async_attributes import (
    UpdateOutcomesAsyncAttributes,
)
from datadog_api_client.v2.model.update_outcomes_async_request import UpdateOutcomesAsyncRequest
from datadog_api_client.v2.model.update_outcomes_async_request_data import (
    UpdateOutcomesAsyncRequestData,
)
from datadog_api_client.v2.model.update_outcomes_async_request_item import (
    UpdateOutcomesAsyncRequestItem,
)
from datadog_api_client.v2.model.update_outcomes_async_type import UpdateOutcomesAsyncType

from support import (
    API,
    check,
    create_rule,
    expect,
    expect_equal,
    expect_forbidden,
    expect_parsed,
    expect_recent,
    expect_refused,
    make_configuration,
    outcome,
    outcomes_request,
)


def documented_example(configuration):
    """POST /outcomes as the API's documentation shows it for Python."""
    create_scorecard_rule_data_id = os.environ["CREATE_SCORECARD_RULE_DATA_ID"]
    body = UpdateOutcomesAsyncRequest(
        data=UpdateOutcomesAsyncRequestData(
            attributes=UpdateOutcomesAsyncAttributes(
                results=[
                    UpdateOutcomesAsyncRequestItem(
                        rule_id=create_scorecard_rule_data_id,
                        entity_reference="service:my-service",
                        remarks='See: <a href="https://app.datadoghq.com/services">Services</a>',
                        state=State.PASS,
                    ),
                ],
            ),
            type=UpdateOutcomesAsyncType.BATCHED_OUTCOME,
        ),
    )
    with ApiClient(configuration) as api_client:
        return ScorecardsApi(api_client).update_scorecard_outcomes(body=body)


@check("UpdateScorecardOutcomes", "the documented example runs and is read back")
def example_is_accepted():
    rule_id = create_rule("Example of Python").data.id
    os.environ["CREATE_SCORECARD_RULE_DATA_ID"] = rule_id
    documented_example(make_configuration())
    listed = API.list_scorecard_outcomes(filter_rule_id=rule_id)
    expect_parsed(listed)
    expect_equal(len(listed.data), 1, "outcomes of the rule")
    item = listed.data[0]
    expect_equal(item.id, rule_id + "\\my-service", "id")
    expect_equal(str(item.type), "outcome", "type")
    expect_equal(item.attributes.service_name, "my-service", "service_name")
    expect_equal(str(item.attributes.state), "pass", "state")
    expect_equal(
        item.attributes.remarks,
        'See: <a href="https://app.datadoghq.com/services">Services</a>',
        "remarks",
    )
    expect_recent(item.attributes.created_at, "created_at")
    expect_recent(item.attributes.modified_at, "modified_at")
    expect_equal(item.relationships.rule.data.id, rule_id, "relationships.rule.data.id")
    expect_equal(str(item.relationships.rule.data.type), "rule", "relationships.rule.data.type")


@check("UpdateScorecardOutcomes", "the answer is 202 with an async-request document")
def accepted_document():
    rule_id = create_rule("Accepted").data.id
    configuration = make_configuration()
    configuration.preload_content = False  # the client hands the answer over as it came
    with ApiClient(configuration) as client:
        raw = ScorecardsApi(client).update_scorecard_outcomes(
            outcomes_request([outcome(rule_id, "service:a")])
        )
    expect_equal(raw.status, 202, "status")
    expect_equal(raw.headers["content-type"], "application/vnd.api+json", "content type")
    document = raw.json()
    expect_equal(document["data"]["type"], "async-request", "data.type")
    expect_equal(len(document["data"]["id"]), 21, "length of data.id")
    expect_equal(document["meta"], {"total_received": 1}, "meta")


@check("UpdateScorecardOutcomes", "a later outcome replaces state and remarks")
def outcome_is_replaced():
    rule_id = create_rule("Replaced").data.id
    API.update_scorecard_outcomes(
        outcomes_request([outcome(rule_id, "service:a", State.FAIL, remarks="Für später ✓ <&>")])
    )
    first = API.list_scorecard_outcomes(filter_rule_id=rule_id).data[0].attributes
    expect_equal((str(first.state), first.remarks), ("fail", "Für später ✓ <&>"), "first report")
    API.update_scorecard_outcomes(outcomes_request([outcome(rule_id, "service:a", State.SKIP)]))
    second = API.list_scorecard_outcomes(filter_rule_id=rule_id).data[0].attributes
    expect_equal(str(second.state), "skip", "state")
    expect("remarks" not in second, "remarks that are not sent are cleared")
    expect_equal(second.created_at, first.created_at, "created_at")
    expect(second.modified_at > first.modified_at, "modified_at moves on")


@check("UpdateScorecardOutcomes", "both forms of an entity reference address one outcome")
def reference_forms():
    rule_id = create_rule("Reference forms").data.id
    API.update_scorecard_outcomes(outcomes_request([outcome(rule_id, "service:a")]))
    API.update_scorecard_outcomes(
        outcomes_request([outcome(rule_id, "service:default/a", State.FAIL)])
    )
    listed = API.list_scorecard_outcomes(filter_rule_id=rule_id).data
    expect_equal([str(item.attributes.state) for item in listed], ["fail"], "states")


@check("ListScorecardOutcomes", "filters, sparse fields and includes are understood")
def outcomes_are_filtered():
    rule_id = create_rule("Filters of outcomes").data.id
    API.update_scorecard_outcomes(
        outcomes_request(
            [
                outcome(rule_id, "service:first", State.PASS),
                outcome(rule_id, "service:second", State.FAIL),
                outcome(rule_id, "queue:third", State.SKIP),
            ]
        )
    )
    for filters, names in (
        ({}, ["first", "second", "third"]),
        ({"filter_outcome_state": "fail"}, ["second"]),
        ({"filter_outcome_service_name": "third"}, ["third"]),
        ({"filter_rule_enabled": True, "filter_outcome_state": "skip"}, ["third"]),
        ({"filter_rule_enabled": False}, []),
        ({"filter_rule_name": "Filters of outcomes"}, ["first", "second", "third"]),
        ({"filter_rule_name": "Filters of"}, []),
    ):
        listed = API.list_scorecard_outcomes(filter_rule_id=rule_id, **filters)
        expect_parsed(listed)
        expect_equal([item.attributes.service_name for item in listed.data], names, str(filters))
    included = API.list_scorecard_outcomes(
        filter_rule_id=rule_id, include="rule", fields_outcome="state, service_name"
    )
    expect_parsed(included)
    sparse = included.data[1].attributes.to_dict()
    expect_equal(sparse, {"state": "fail", "service_name": "second"}, "sparse attributes")
    expect("relationships" not in included.data[1], "sparse fields drop relationships")
    expect_equal([rule.id for rule in included.included], [rule_id], "included rules")
    expect_equal(included.included[0].attributes.name, "Filters of outcomes", "included name")
    expect_equal(
        included.included[0].attributes.scorecard_name, "Python conformance", "scorecard_name"
    )


@check("CreateScorecardOutcomesBatch", "a batch by service names is stored and answered typed")
def batch_is_accepted():
    rule_id = create_rule("Batch").data.id
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        answer = API.create_scorecard_outcomes_batch(
            OutcomesBatchRequest(
                data=OutcomesBatchRequestData(
                    attributes=OutcomesBatchAttributes(
                        results=[
                            OutcomesBatchRequestItem(
                                rule_id=rule_id,
                                service_name=name,
                                state=state,
                                remarks="See: <a href='https://example.com'>there</a>",
                            )
                            for name, state in (("one", State.PASS), ("two", State.FAIL))
                        ]
                    ),
                    type=OutcomesBatchType.BATCHED_OUTCOME,
                )
            )
        )
    expect_parsed(answer)
    expect_equal((answer.meta.total_received, answer.meta.total_updated), (2, 2), "meta")
    expect_equal(
        [
            (item.id, item.attributes.service_name, str(item.attributes.state))
            for item in answer.data
        ],
        [(rule_id + "\\one", "one", "pass"), (rule_id + "\\two", "two", "fail")],
        "items in request order",
    )
    listed = API.list_scorecard_outcomes(filter_rule_id=rule_id).data
    expect_equal([item.id for item in listed], [item.id for item in answer.data], "stored outcomes")


@check("CreateScorecardOutcomesBatch", "an empty service name is refused")
def batch_is_refused():
    rule_id = create_rule("Refused batch").data.id
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        expect_refused(
            400,
            lambda: API.create_scorecard_outcomes_batch(
                OutcomesBatchRequest(
                    data=OutcomesBatchRequestData(
                        attributes=OutcomesBatchAttributes(
                            results=[
                                OutcomesBatchRequestItem(
                                    rule_id=rule_id, service_name="", state=State.PASS
                                )
                            ]
                        )
                    )
                )
            ),
            detail='attribute "service_name" is required',
            title="Bad Request",
        )


@check("UpdateScorecardOutcomes", "an unknown state raises with status 400")
def unknown_state():
    rule_id = create_rule("Unknown state").data.id
    expect_refused(
        400,
        lambda: API.update_scorecard_outcomes(
            outcomes_request([outcome(rule_id, "service:a", State("INVALID"))])
        ),
        detail='attribute "state" must be one of "pass fail skip"',
        title="Bad Request",
    )
    expect_equal(API.list_scorecard_outcomes(filter_rule_id=rule_id).data, [], "outcomes")


@check("UpdateScorecardOutcomes", "an unknown rule raises with status 409")
def unknown_rule():
    error = expect_refused(
        409,
        lambda: API.update_scorecard_outcomes(
            outcomes_request([outcome("INVALID.RULE_ID", "service:a")])
        ),
    )
    expect_equal(
        error.body, {"errors": [{"status": "409", "title": "Invalid rule_id"}]}, "document"
    )


@check("ListScorecardOutcomes", "a page size over the maximum raises with status 400")
def page_size_over_maximum():
    expect_refused(400, lambda: API.list_scorecard_outcomes(page_size=101))
    expect_refused(400, lambda: API.list_scorecard_rules(page_size=101))


@check("UpdateScorecardOutcomes", "a key without the write scope raises ForbiddenException")
def read_only_key():
    rule_id = create_rule("Read only").data.id
    configuration = make_configuration(appKeyAuth=os.environ["READ_ONLY_APP_KEY"])
    with ApiClient(configuration) as client:
        reader = ScorecardsApi(client)
        expect_forbidden(
            lambda: reader.update_scorecard_outcomes(
                outcomes_request([outcome(rule_id, "service:a")])
            )
        )
        expect_forbidden(lambda: reader.delete_scorecard_rule(rule_id=rule_id))
        expect_equal(reader.list_scorecard_outcomes(filter_rule_id=rule_id).data, [], "outcomes")


@check("ListScorecardRules", "wrong and missing keys raise ForbiddenException")
def wrong_keys():
    for keys in ({"apiKeyAuth": "0" * 32}, {"appKeyAuth": "0" * 40}):
        with ApiClient(make_configuration(**keys)) as client:
            expect_forbidden(ScorecardsApi(client).list_scorecard_rules)
    for missing in ("apiKeyAuth", "appKeyAuth"):
        configuration = make_configuration()
        del configuration.api_key[missing]
        with ApiClient(configuration) as client:
            expect_forbidden(ScorecardsApi(client).list_scorecard_rules)

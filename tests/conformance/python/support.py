"""What the checks of the official Python client share: the client and expectations.

A check is registered with @check; run_checks() runs them all and prints a line for each.
"""

import os
from datetime import datetime, timedelta, timezone

from datadog_api_client import ApiClient, Configuration
from datadog_api_client.exceptions import ApiException, ForbiddenException
from datadog_api_client.model_utils import OpenApiModel, UnparsedObject
from datadog_api_client.v2.api.scorecards_api import ScorecardsApi
from datadog_api_client.v2.model.create_rule_request import CreateRuleRequest
from datadog_api_client.v2.model.create_rule_request_data import CreateRuleRequestData
from datadog_api_client.v2.model.rule_attributes_request import RuleAttributesRequest
from datadog_api_client.v2.model.rule_type import RuleType
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

CHECKS = []


def check(operation, sentence):
    """Registers a check; it passes when the function returns."""

    def register(function):
        CHECKS.append((operation, sentence, function))
        return function

    return register


def expect(condition, wanted):
    if not condition:
        raise AssertionError(wanted)


def expect_equal(got, wanted, what):
    expect(got == wanted, f"{what}: wanted {wanted!r}, got {got!r}")


def make_configuration(**keys):
    configuration = Configuration(
        server_index=1,
        server_variables={"protocol": "http", "name": os.environ["SCOREKEEPER_ADDRESS"]},
    )
    configuration.unstable_operations["create_scorecard_outcomes_batch"] = True
    configuration.api_key.update(keys)
    return configuration


CLIENT = ApiClient(make_configuration())
API = ScorecardsApi(CLIENT)


def expect_parsed(value, where="answer"):
    """Every object of an answer has the type that the client expected of it."""
    expect(not isinstance(value, UnparsedObject), f"{where} is an unparsed object: {value!r}")
    if isinstance(value, OpenApiModel):
        expect(not value._unparsed, f"{where} holds an unparsed object: {value!r}")
        for name, member in getattr(value, "_data_store", {}).items():
            expect_parsed(member, f"{where}.{name}")
    elif isinstance(value, (list, tuple)):
        for i, member in enumerate(value):
            expect_parsed(member, f"{where}[{i}]")


def expect_recent(time, what):
    expect(isinstance(time, datetime), f"{what} must be a date-time, got {time!r}")
    age = datetime.now(timezone.utc) - time
    expect(timedelta(minutes=-1) < age < timedelta(minutes=10), f"{what} is {time}")


def rule_attributes(name, **others):
    return RuleAttributesRequest(
        name=name, scorecard_name=others.pop("scorecard_name", "Python conformance"), **others
    )


def create_rule(name, by=API, **others):
    return by.create_scorecard_rule(
        CreateRuleRequest(
            data=CreateRuleRequestData(
                attributes=rule_attributes(name, **others), type=RuleType.RULE
            )
        )
    )


def outcomes_request(items):
    return UpdateOutcomesAsyncRequest(
        data=UpdateOutcomesAsyncRequestData(
            attributes=UpdateOutcomesAsyncAttributes(results=items),
            type=UpdateOutcomesAsyncType.BATCHED_OUTCOME,
        )
    )


def outcome(rule_id, entity, state=State.PASS, **others):
    return UpdateOutcomesAsyncRequestItem(
        rule_id=rule_id, entity_reference=entity, state=state, **others
    )


def expect_refused(status, call, detail=None, title=None):
    """The client raises, and its exception carries the error document."""
    try:
        call()
    except ApiException as error:
        expect_equal(error.status, status, "status")
        expect(isinstance(error.body, dict), f"body must be a document, got {error.body!r}")
        first = error.body["errors"][0]
        expect_equal(first["status"], str(status), "errors[0].status")
        if title is not None:
            expect_equal(first["title"], title, "errors[0].title")
        if detail is not None:
            expect_equal(first.get("detail"), detail, "errors[0].detail")
        return error
    raise AssertionError(f"wanted an ApiException with status {status}, got an answer")


def expect_forbidden(call):
    error = expect_refused(403, call, title="Forbidden")
    expect(isinstance(error, ForbiddenException), "ForbiddenException")


def run_checks():
    for operation, sentence, function in CHECKS:
        try:
            function()
        except Exception as error:  # one failed check must not hide the others
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            print("FAIL", operation, sentence, reason[:1000], sep="\t", flush=True)
        else:
            print("PASS", operation, sentence, sep="\t", flush=True)
    print("END", len(CHECKS), sep="\t", flush=True)

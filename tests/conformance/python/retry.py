"""What the official Python client does when its rate is spent: without and with its own retry.

Environment: SCOREKEEPER_ADDRESS (HOST:PORT), DD_API_KEY, DD_APP_KEY, RATE_LIMIT_REQUESTS. Prints
one line for each check, in the form that tests/conformance/run reads.
"""

import os
import time

from datadog_api_client import ApiClient
from datadog_api_client.exceptions import ApiException
from datadog_api_client.v2.api.scorecards_api import ScorecardsApi

from support import (
    API,
    check,
    create_rule,
    expect,
    expect_equal,
    expect_parsed,
    make_configuration,
    outcome,
    outcomes_request,
    run_checks,
)

CALLS_MAX = 2 * int(os.environ["RATE_LIMIT_REQUESTS"]) + 2
ATTEMPTS_MAX = 3


def make_retrying():
    configuration = make_configuration()
    configuration.enable_retry = True
    return ScorecardsApi(ApiClient(configuration))


RETRYING = make_retrying()


def spend_rate():
    """Calls without retry until it is refused; the exception."""
    for _ in range(CALLS_MAX):
        try:
            API.list_scorecard_rules()
        except ApiException as error:
            if error.status == 429:
                return error
            raise
    raise AssertionError(f"{CALLS_MAX} calls were not refused")


def expect_waited_out(call):
    """The call ends only when the period that the refusal before it named is over. A period that
    ends within a second says nothing: the call then begins another one."""
    for _ in range(ATTEMPTS_MAX):
        reset = int(spend_rate().headers["x-ratelimit-reset"])
        began = time.monotonic()
        call()
        took = time.monotonic() - began
        if reset >= 2 and took >= reset - 1:
            return
    raise AssertionError(f"took {took:.1f} s where {reset} s were to be waited")


@check("ListScorecardRules", "without retry a 429 is an error that carries the body")
def refused():
    expect_equal(spend_rate().body, {"errors": ["Too many requests"]}, "body")


@check("UpdateScorecardOutcomes", "with retry on a 429 is waited out, then accepted")
def outcome_is_waited_out():
    rule_id = create_rule("Retried", RETRYING).data.id
    request = outcomes_request([outcome(rule_id, "service:retried")])
    expect_waited_out(lambda: RETRYING.update_scorecard_outcomes(request))


@check("ListScorecardRules", "with retry on a list is waited out too")
def list_is_waited_out():
    def listed():
        answer = RETRYING.list_scorecard_rules()
        expect_parsed(answer)
        expect(any(rule.attributes.name == "Retried" for rule in answer.data), "the rule")

    expect_waited_out(listed)


run_checks()

"""Requests in the odd forms that clients send."""

from datadog_api_client import ApiClient
from datadog_api_client.v2.api.scorecards_api import ScorecardsApi

from support import (
    API,
    check,
    create_rule,
    expect_equal,
    expect_parsed,
    make_configuration,
    outcome,
    outcomes_request,
)


@check("ListScorecardRules", "an empty bearer token beside the keys counts as absent")
def empty_bearer():
    with ApiClient(make_configuration()) as client:
        client.set_default_header("Authorization", "Bearer ")
        expect_parsed(ScorecardsApi(client).list_scorecard_rules())


@check("ListScorecardRules", "header names are read in any case")
def header_case():
    for api_key, application_key in (
        ("dd-api-key", "dd-application-key"),
        ("Dd-Api-Key", "Dd-Application-Key"),
    ):
        configuration = make_configuration()
        keys = dict(configuration.api_key)
        configuration.api_key.clear()
        with ApiClient(configuration) as client:
            client.set_default_header(api_key, keys["apiKeyAuth"])
            client.set_default_header(application_key, keys["appKeyAuth"])
            expect_parsed(ScorecardsApi(client).list_scorecard_rules())


def compressed(encoding):
    @check("UpdateScorecardOutcomes", f"a {encoding} body is decoded")
    def body_is_decoded():
        rule_id = create_rule(f"Encoding {encoding}").data.id
        items = [outcome(rule_id, f"service:encoded-{i}", remarks="x" * 500) for i in range(100)]
        with ApiClient(make_configuration()) as client:
            client.set_default_header("Content-Encoding", encoding)
            ScorecardsApi(client).update_scorecard_outcomes(outcomes_request(items))
        listed = API.list_scorecard_outcomes(filter_rule_id=rule_id, page_size=100).data
        expect_equal(len(listed), 100, "outcomes")
        expect_equal(listed[99].attributes.remarks, "x" * 500, "remarks")


for content_encoding in ("gzip", "deflate", "zstd1"):
    compressed(content_encoding)

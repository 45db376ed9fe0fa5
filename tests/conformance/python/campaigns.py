"""Campaigns through the official Python client."""

import os
from datetime import datetime, timezone

from datadog_api_client import ApiClient
from datadog_api_client.exceptions import NotFoundException
from datadog_api_client.v2.api.scorecards_api import ScorecardsApi
from datadog_api_client.v2.model.campaign_status import CampaignStatus
from datadog_api_client.v2.model.campaign_type import CampaignType
from datadog_api_client.v2.model.create_campaign_request import CreateCampaignRequest
from datadog_api_client.v2.model.create_campaign_request_attributes import (
    CreateCampaignRequestAttributes,
)
from datadog_api_client.v2.model.create_campaign_request_data import CreateCampaignRequestData
from datadog_api_client.v2.model.update_campaign_request import UpdateCampaignRequest
from datadog_api_client.v2.model.update_campaign_request_attributes import (
    UpdateCampaignRequestAttributes,
)
from datadog_api_client.v2.model.update_campaign_request_data import UpdateCampaignRequestData

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
)

OWNER = "550e8400-e29b-41d4-a716-446655440000"
START = datetime(2024, 1, 1, tzinfo=timezone.utc)
DUE = datetime(2024, 3, 31, 23, 59, 59, tzinfo=timezone.utc)


def create_campaign(key, rule_ids, **others):
    attributes = CreateCampaignRequestAttributes(
        key=key,
        name=f"Campaign {key}",
        owner_id=OWNER,
        rule_ids=rule_ids,
        start_date=START,
        **others,
    )
    return API.create_scorecard_campaign(
        CreateCampaignRequest(
            data=CreateCampaignRequestData(attributes=attributes, type=CampaignType.CAMPAIGN)
        )
    )


def update_campaign(campaign_id, name, rule_ids):
    attributes = UpdateCampaignRequestAttributes(
        name=name, owner_id=OWNER, rule_ids=rule_ids, start_date=START, status="completed"
    )
    return API.update_scorecard_campaign(
        campaign_id=campaign_id,
        body=UpdateCampaignRequest(
            data=UpdateCampaignRequestData(attributes=attributes, type=CampaignType.CAMPAIGN)
        ),
    )


def new_rule(name):
    return create_rule(name, scorecard_name="Python campaigns").data.id


@check("CreateScorecardCampaign", "every attribute comes back typed")
def campaign_is_created():
    answer = create_campaign(
        "python-all",
        [new_rule("Of a campaign")],
        description="Makes <it> better",
        guidance="Begin with & go on",
        entity_scope="kind:service",
        due_date=DUE,
        status=CampaignStatus.COMPLETED,
    )
    expect_parsed(answer)
    expect_equal(str(answer.data.type), "campaign", "type")
    got = answer.data.attributes
    expect_equal(
        (got.key, got.name, got.owner), ("python-all", "Campaign python-all", OWNER), "identity"
    )
    expect_equal(
        (got.description, got.guidance, got.entity_scope),
        ("Makes <it> better", "Begin with & go on", "kind:service"),
        "texts",
    )
    expect_equal((got.start_date, got.due_date), (START, DUE), "dates")
    expect_equal(got.status, "completed", "status")
    expect_recent(got.created_at, "created_at")
    expect_equal(got.created_at, got.modified_at, "modified_at at creation")


@check("CreateScorecardCampaign", "the status follows from the start when not sent")
def status_by_default():
    answer = create_campaign("python-default", [new_rule("Of the default campaign")])
    expect_equal(answer.data.attributes.status, "in_progress", "status")
    expect("due_date" not in answer.data.attributes, "no due date")


@check("CreateScorecardCampaign", "an unknown rule and a key in use raise with status 400")
def campaign_is_refused():
    expect_refused(400, lambda: create_campaign("python-unknown", ["nothing"]), title="Bad Request")
    rule_id = new_rule("Of two campaigns")
    create_campaign("python-twice", [rule_id])
    expect_refused(400, lambda: create_campaign("python-twice", [rule_id]), title="Bad Request")


@check("GetScorecardCampaign", "a campaign is found by id and by key, with scores and counts")
def campaign_is_read():
    created = create_campaign("python-read", [new_rule("Of a read campaign")]).data
    for name in (created.id, "python-read"):
        for others in ({}, {"include": "scores", "include_meta": True}):
            answer = API.get_scorecard_campaign(name, **others)
            expect_parsed(answer)
            expect_equal(answer.data.id, created.id, f"id by {name} with {others}")
            expect_equal(answer.data.attributes.key, "python-read", "key")
    with_counts = API.get_scorecard_campaign("python-read", include_meta=True)
    expect_equal(with_counts.data.to_dict()["meta"]["rule_count"], 1, "rule_count")


@check("GetScorecardCampaign", "an unknown campaign raises NotFoundException")
def unknown_campaign_is_read():
    error = expect_refused(404, lambda: API.get_scorecard_campaign("nothing"), title="Not Found")
    expect(isinstance(error, NotFoundException), "NotFoundException")


@check("UpdateScorecardCampaign", "a campaign is replaced as a whole, its key stays")
def campaign_is_updated():
    rule_id = new_rule("Of an updated campaign")
    created = create_campaign("python-update", [rule_id], description="gone", due_date=DUE).data
    answer = update_campaign(created.id, "After", [rule_id])
    expect_parsed(answer)
    got = answer.data.attributes
    expect_equal(
        (answer.data.id, got.name, got.key), (created.id, "After", "python-update"), "identity"
    )
    expect_equal(got.status, "completed", "status")
    expect("description" not in got, "description is cleared")
    expect("due_date" not in got, "due_date is cleared")
    expect(got.modified_at > got.created_at, "modified_at moves on")


@check("UpdateScorecardCampaign", "an unknown campaign raises NotFoundException")
def unknown_campaign_is_updated():
    rule_id = new_rule("Of no campaign")
    error = expect_refused(404, lambda: update_campaign("nothing", "N", [rule_id]))
    expect(isinstance(error, NotFoundException), "NotFoundException")


@check("DeleteScorecardCampaign", "a deleted campaign is gone")
def campaign_is_deleted():
    campaign_id = create_campaign("python-delete", [new_rule("Of a deleted campaign")]).data.id
    expect_equal(API.delete_scorecard_campaign(campaign_id), None, "answer")
    for call in (API.get_scorecard_campaign, API.delete_scorecard_campaign):
        expect_refused(404, lambda call=call: call(campaign_id), title="Not Found")


@check("ListScorecardCampaigns", "campaigns are filtered and paged")
def campaigns_are_listed():
    rule_id = new_rule("Of listed campaigns")
    keys = [f"python-listed-{i}" for i in range(12)]
    for key in keys:
        create_campaign(key, [rule_id], status=CampaignStatus.NOT_STARTED)
    filters = {"filter_campaign_name": "python-listed", "filter_campaign_status": "not_started"}
    seen = []
    for offset in (0, 10):
        page = API.list_scorecard_campaigns(page_offset=offset, **filters)
        expect_parsed(page)
        meta = page.meta
        expect_equal(
            (meta.count, meta.limit, meta.offset, meta.total),
            (min(10, 12 - offset), 10, offset, 12),
            "meta",
        )
        seen += [item.attributes.key for item in page.data]
    expect_equal(sorted(seen), sorted(keys), "keys")
    owned = API.list_scorecard_campaigns(filter_campaign_owner=OWNER, page_limit=1)
    expect_equal(len(owned.data), 1, "one by owner")
    other = API.list_scorecard_campaigns(filter_campaign_owner=OWNER.replace("5", "6"))
    expect_equal(other.data, [], "none of another owner")


@check("ListScorecardCampaigns", "a key without cases_read raises ForbiddenException")
def campaigns_need_a_scope():
    configuration = make_configuration(appKeyAuth=os.environ["READ_ONLY_APP_KEY"])
    with ApiClient(configuration) as client:
        expect_forbidden(ScorecardsApi(client).list_scorecard_campaigns)

//! Campaigns.

use std::fmt::Debug;

use chrono::{DateTime, SubsecRound, Utc};
use conformance::{
    done, expect, expect_equal, expect_lacks, expect_recent, expect_refused, expect_status,
    Checked, Client, Failure, Suite,
};
use datadog_api_client::datadog::Error;
use datadog_api_client::datadogV2::api_scorecards::{
    GetScorecardCampaignError, GetScorecardCampaignOptionalParams,
    ListScorecardCampaignsOptionalParams,
};
use datadog_api_client::datadogV2::model::{
    CampaignResponseData, CampaignStatus, CampaignType, CreateCampaignRequest,
    CreateCampaignRequestAttributes, CreateCampaignRequestData, UpdateCampaignRequest,
    UpdateCampaignRequestAttributes, UpdateCampaignRequestData,
};

use crate::rules::create_named;

const OWNER: &str = "550e8400-e29b-41d4-a716-446655440000";
const START: &str = "2024-01-01T00:00:00Z";
const DUE: &str = "2024-03-31T23:59:59Z";

pub async fn run(suite: &mut Suite, client: &Client) {
    let create = "CreateScorecardCampaign";
    suite.check(create, "every attribute comes back typed", created(client)).await;
    let sentence = "the status follows from the start when not sent";
    suite.check(create, sentence, status_by_default(client)).await;
    let sentence = "an unknown rule and a key in use raise with status 400";
    suite.check(create, sentence, refused(client)).await;
    let get = "GetScorecardCampaign";
    let sentence = "a campaign is found by id and by key, with scores and counts";
    suite.check(get, sentence, found(client)).await;
    suite.check(get, "an unknown campaign raises with status 404", unknown_is_read(client)).await;
    let update = "UpdateScorecardCampaign";
    suite.check(update, "a campaign is replaced as a whole, its key stays", replaced(client)).await;
    let sentence = "an unknown campaign raises with status 404";
    suite.check(update, sentence, unknown_is_updated(client)).await;
    suite.check("DeleteScorecardCampaign", "a deleted campaign is gone", deleted(client)).await;
    let list = "ListScorecardCampaigns";
    suite.check(list, "campaigns are filtered and paged", filtered(client)).await;
    suite.check(list, "a key without cases_read raises with status 403", forbidden()).await;
}

fn time(text: &str) -> Result<DateTime<Utc>, Failure> {
    Ok(DateTime::parse_from_rfc3339(text)?.to_utc())
}

fn attributes(key: &str, rule: &str) -> Result<CreateCampaignRequestAttributes, Failure> {
    Ok(CreateCampaignRequestAttributes::new(
        key.to_string(),
        format!("Campaign {key}"),
        OWNER.to_string(),
        vec![rule.to_string()],
        time(START)?,
    ))
}

fn request(attributes: CreateCampaignRequestAttributes) -> CreateCampaignRequest {
    CreateCampaignRequest::new(CreateCampaignRequestData::new(attributes, CampaignType::CAMPAIGN))
}

async fn create(client: &Client, key: &str) -> Result<CampaignResponseData, Failure> {
    let rule = create_named(client, &format!("Rule of {key}")).await?;
    let request = request(attributes(key, &rule)?);
    Ok(done(client.scorecards.create_scorecard_campaign(request).await)?.data)
}

fn update(rule: &str) -> Result<UpdateCampaignRequest, Failure> {
    let attributes = UpdateCampaignRequestAttributes::new(
        "Later".to_string(),
        OWNER.to_string(),
        vec![rule.to_string()],
        time(DUE)?,
        "completed".to_string(),
    );
    let data = UpdateCampaignRequestData::new(attributes, CampaignType::CAMPAIGN);
    Ok(UpdateCampaignRequest::new(data))
}

fn expect_not_found<T: Debug, E: Debug>(result: Result<T, Error<E>>, id: &str) -> Checked {
    expect_refused(result, 404, "Not Found", &format!("campaign not found: {id}"))
}

async fn created(client: &Client) -> Checked {
    let rule = create_named(client, "Rule of created").await?;
    let sent = attributes("created", &rule)?
        .description("Describes <it>".to_string())
        .due_date(time(DUE)?)
        .entity_scope("kind:service".to_string())
        .guidance("How to pass".to_string())
        .status(CampaignStatus::NOT_STARTED);
    let result = client.scorecards.create_scorecard_campaign(request(sent)).await;
    let created = done(result)?.data;
    expect(!created.id.is_empty(), "an id")?;
    expect_equal(created.type_, CampaignType::CAMPAIGN, "type")?;
    let got = created.attributes;
    expect_equal(
        [got.key, got.name, got.owner, got.status],
        ["created", "Campaign created", OWNER, "not_started"],
        "attributes",
    )?;
    expect_equal(got.description.as_deref(), Some("Describes <it>"), "description")?;
    expect_equal(got.entity_scope.as_deref(), Some("kind:service"), "entity_scope")?;
    expect_equal(got.guidance.as_deref(), Some("How to pass"), "guidance")?;
    expect_equal(got.start_date, time(START)?, "start_date")?;
    expect_equal(got.due_date, Some(time(DUE)?), "due_date")?;
    expect_recent(got.created_at, "created_at")?;
    expect_equal(got.modified_at, got.created_at, "modified_at at creation")
}

async fn status_by_default(client: &Client) -> Checked {
    let got = create(client, "default").await?.attributes;
    expect_equal(got.status, "in_progress", "status")?;
    expect_equal(got.due_date, None, "due_date")
}

async fn refused(client: &Client) -> Checked {
    let sent = request(attributes("unknown-rule", "nothing")?);
    let result = client.scorecards.create_scorecard_campaign(sent).await;
    let detail = "attribute \"rule_ids\" names an unknown rule: nothing";
    expect_refused(result, 400, "Bad Request", detail)?;
    create(client, "twice").await?;
    let rule = create_named(client, "Rule of twice").await?;
    let sent = request(attributes("twice", &rule)?);
    expect_status(client.scorecards.create_scorecard_campaign(sent).await, 400)?;
    Ok(())
}

async fn found(client: &Client) -> Checked {
    let created = create(client, "found").await?;
    let plain = GetScorecardCampaignOptionalParams::default;
    for name in [created.id.as_str(), "found"] {
        let result = client.scorecards.get_scorecard_campaign(name.to_string(), plain()).await;
        let got = done(result)?.data;
        expect_equal(got.id, created.id.as_str(), "id")?;
        expect_equal(got.attributes.name, "Campaign found", "name")?;
    }
    let with = plain().include("scores".to_string()).include_meta(true);
    let result = client.scorecards.get_scorecard_campaign("found".to_string(), with).await;
    // The client does not type these two: it keeps them as they came.
    let got = done(result)?;
    expect(got.additional_properties.contains_key("included"), "included scores")?;
    let meta = got.data.additional_properties.get("meta").ok_or("meta")?;
    expect_equal(meta["rule_count"].as_i64(), Some(1), "meta.rule_count")
}

async fn unknown_is_read(client: &Client) -> Checked {
    let plain = GetScorecardCampaignOptionalParams::default();
    let result = client.scorecards.get_scorecard_campaign("nothing".to_string(), plain).await;
    // The client has the errors of campaigns as objects.
    match expect_status(result, 404)?.entity {
        Some(GetScorecardCampaignError::JSONAPIErrorResponse(model)) => {
            let first = model.errors.first().ok_or("errors in the model")?;
            let detail = "campaign not found: nothing";
            expect_equal(first.status.as_deref(), Some("404"), "status")?;
            expect_equal(first.title.as_deref(), Some("Not Found"), "title")?;
            expect_equal(first.detail.as_deref(), Some(detail), "detail")
        }
        other => Err(format!("wanted the typed model, got {other:?}").into()),
    }
}

async fn replaced(client: &Client) -> Checked {
    let rule = create_named(client, "Rule of replaced").await?;
    let sent = request(attributes("replaced", &rule)?.description("gone".to_string()));
    let created = done(client.scorecards.create_scorecard_campaign(sent).await)?.data;
    let id = created.id;
    let result = client.scorecards.update_scorecard_campaign(id.clone(), update(&rule)?).await;
    let updated = done(result)?.data;
    expect_equal(updated.id, id, "id")?;
    let got = updated.attributes;
    let texts = [got.key, got.name, got.status];
    expect_equal(texts, ["replaced", "Later", "completed"], "attributes")?;
    expect_equal(got.description, None, "description is cleared")?;
    expect_equal(got.start_date, time(DUE)?, "start_date")?;
    let created_at = created.attributes.created_at.trunc_subsecs(6);
    expect_equal(got.created_at, created_at, "created_at")?;
    expect(got.modified_at > got.created_at, "modified_at moves on")
}

async fn unknown_is_updated(client: &Client) -> Checked {
    let rule = create_named(client, "Rule of no campaign").await?;
    let sent = update(&rule)?;
    let result = client.scorecards.update_scorecard_campaign("nothing".to_string(), sent).await;
    expect_not_found(result, "nothing")
}

async fn deleted(client: &Client) -> Checked {
    let id = create(client, "deleted").await?.id;
    done(client.scorecards.delete_scorecard_campaign(id.clone()).await)?;
    let plain = GetScorecardCampaignOptionalParams::default();
    let key = "deleted".to_string();
    expect_not_found(client.scorecards.get_scorecard_campaign(key, plain).await, "deleted")?;
    expect_not_found(client.scorecards.delete_scorecard_campaign(id.clone()).await, &id)
}

async fn filtered(client: &Client) -> Checked {
    let first = create(client, "listed-first").await?.id;
    let second = create(client, "listed-second").await?.id;
    let by_name = |name: &str| {
        ListScorecardCampaignsOptionalParams::default().filter_campaign_name(name.to_string())
    };
    let by_status = |status: &str| by_name("listed").filter_campaign_status(status.to_string());
    let by_owner = by_name("listed").filter_campaign_owner(OWNER.to_string());
    for (filter, wanted) in [
        (by_name("listed-first"), vec![&first]),
        (by_status("in_progress"), vec![&first, &second]),
        (by_status("completed"), vec![]),
        (by_owner.page_limit(1).page_offset(1), vec![&second]),
    ] {
        let listed = done(client.scorecards.list_scorecard_campaigns(filter).await)?;
        let ids: Vec<_> = listed.data.iter().map(|campaign| &campaign.id).collect();
        expect_equal(listed.meta.count, wanted.len() as i64, "meta.count")?;
        expect_equal(ids, wanted, "campaigns")?;
    }
    let page = by_name("listed").page_limit(1);
    let meta = done(client.scorecards.list_scorecard_campaigns(page).await)?.meta;
    expect_equal([meta.count, meta.limit, meta.offset, meta.total], [1, 1, 0, 2], "meta")
}

async fn forbidden() -> Checked {
    let reader = Client::reader().scorecards;
    let all = ListScorecardCampaignsOptionalParams::default();
    expect_lacks(reader.list_scorecard_campaigns(all).await, "cases_read")
}

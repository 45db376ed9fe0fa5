//! Rules and scorecards.

use chrono::SubsecRound;
use conformance::{
    done, expect, expect_equal, expect_recent, expect_refused, get, only, Checked, Client, Failure,
    Suite,
};
use datadog_api_client::datadogV2::api_scorecards::{
    ListScorecardRulesOptionalParams, ListScorecardsOptionalParams,
};
use datadog_api_client::datadogV2::model::{
    CreateRuleRequest, CreateRuleRequestData, CreateRuleResponseData, RuleAttributes,
    RuleAttributesRequest, RuleType, ScorecardListType, ScorecardType, UpdateRuleRequest,
    UpdateRuleRequestData,
};

use crate::outcomes::{item, outcomes_of, send};

pub const SCORECARD: &str = "Rust conformance";

pub async fn run(suite: &mut Suite, client: &Client) {
    let create = "CreateScorecardRule";
    suite.check(create, "every attribute comes back typed", created(client)).await;
    suite.check(create, "level is 3 and enabled true when not sent", defaults(client)).await;
    let update = "UpdateScorecardRule";
    suite.check(update, "a rule is replaced as a whole", replaced(client)).await;
    suite.check(update, "an unknown id raises with status 404", unknown_is_updated(client)).await;
    let delete = "DeleteScorecardRule";
    suite.check(delete, "a deleted rule and its outcomes are gone", deleted(client)).await;
    suite.check(delete, "an unknown id raises with status 404", unknown_is_deleted(client)).await;
    let list = "ListScorecardRules";
    let sentence = "filters, sparse fields and includes are understood";
    suite.check(list, sentence, filtered(client)).await;
    suite.check(list, "links lead to the pages around", links(client)).await;
    let sentence = "scorecards are listed, found and typed";
    suite.check("ListScorecards", sentence, scorecards(client)).await;
}

pub fn attributes(name: &str) -> RuleAttributesRequest {
    RuleAttributesRequest::new().name(name.to_string()).scorecard_name(SCORECARD.to_string())
}

pub async fn create(
    client: &Client,
    attributes: RuleAttributesRequest,
) -> Result<CreateRuleResponseData, Failure> {
    let data = CreateRuleRequestData::new().attributes(attributes).type_(RuleType::RULE);
    let request = CreateRuleRequest::new().data(data);
    let answer = done(client.scorecards.create_scorecard_rule(request).await)?;
    Ok(answer.data.ok_or("data of the answer")?)
}

/// The id of a new rule.
pub async fn create_named(client: &Client, name: &str) -> Result<String, Failure> {
    Ok(create(client, attributes(name)).await?.id.ok_or("an id")?)
}

pub fn filters() -> ListScorecardRulesOptionalParams {
    ListScorecardRulesOptionalParams::default()
}

async fn ids(
    client: &Client,
    filters: ListScorecardRulesOptionalParams,
) -> Result<Vec<String>, Failure> {
    let listed = done(client.scorecards.list_scorecard_rules(filters).await)?;
    let rules = listed.data.ok_or("data of the answer")?;
    Ok(rules.into_iter().filter_map(|rule| rule.id).collect())
}

fn update_request(attributes: RuleAttributesRequest) -> UpdateRuleRequest {
    let data = UpdateRuleRequestData::new().attributes(attributes).type_(RuleType::RULE);
    UpdateRuleRequest::new().data(data)
}

#[allow(deprecated)] // category
async fn created(client: &Client) -> Checked {
    let sent = attributes("All attributes")
        .description("Describes <it>".to_string())
        .enabled(true)
        .level(2)
        .owner("Platform".to_string())
        .scope_query("kind:service".to_string());
    let rule = create(client, sent).await?;
    expect_equal(get!(rule, type_)?, RuleType::RULE, "type")?;
    let scorecard = get!(rule, relationships, scorecard, data, type_)?;
    expect_equal(scorecard, ScorecardType::SCORECARD, "type of the scorecard")?;
    let got = rule.attributes.ok_or("attributes")?;
    expect_equal(get!(got, name)?, "All attributes", "name")?;
    expect_equal(get!(got, scorecard_name)?, SCORECARD, "scorecard_name")?;
    expect_equal(get!(got, category)?, SCORECARD, "category")?;
    expect_equal(get!(got, description)?, "Describes <it>", "description")?;
    expect_equal(get!(got, owner)?, "Platform", "owner")?;
    expect_equal(get!(got, scope_query)?, "kind:service", "scope_query")?;
    expect_equal((got.level, got.enabled, got.custom), (Some(2), Some(true), Some(true)), "rest")?;
    expect_recent(get!(got, created_at)?, "created_at")?;
    expect_equal(got.modified_at, got.created_at, "modified_at at creation")
}

async fn defaults(client: &Client) -> Checked {
    let got = create(client, attributes("Defaults")).await?;
    expect_equal(get!(got, attributes, level)?, 3, "level")?;
    expect_equal(get!(got, attributes, enabled)?, true, "enabled")
}

async fn replaced(client: &Client) -> Checked {
    let before = attributes("Before").description("gone".to_string()).owner("gone".to_string());
    let created = create(client, before.level(1)).await?;
    let id = get!(created, id)?;
    let request = update_request(attributes("After").enabled(false));
    let updated = done(client.scorecards.update_scorecard_rule(id.clone(), request).await)?;
    expect_equal(get!(updated, data, id)?, id, "id")?;
    let got = get!(updated, data, attributes)?;
    expect_equal(get!(got, name)?, "After", "name")?;
    expect_equal((got.enabled, got.level), (Some(false), Some(3)), "enabled, level")?;
    expect_equal((got.description, got.owner), (None, None), "what was not sent is cleared")?;
    // A create answer may have nanoseconds; later ones are cut to microseconds.
    let created_at = get!(created, attributes, created_at)?.trunc_subsecs(6);
    expect_equal(got.created_at, Some(created_at), "created_at")?;
    expect(got.modified_at > got.created_at, "modified_at moves on")
}

async fn unknown_is_updated(client: &Client) -> Checked {
    let request = update_request(attributes("X"));
    let result = client.scorecards.update_scorecard_rule("REPLACE.ME".to_string(), request).await;
    expect_refused(result, 404, "Not Found", "rule not found: REPLACE.ME")
}

async fn deleted(client: &Client) -> Checked {
    let id = create_named(client, "Deleted").await?;
    send(client, vec![item(&id, "service:a")]).await?;
    done(client.scorecards.delete_scorecard_rule(id.clone()).await)?;
    expect_equal(ids(client, filters().filter_rule_id(id.clone())).await?.len(), 0, "rules")?;
    expect_equal(outcomes_of(client, &id).await?.len(), 0, "outcomes")
}

async fn unknown_is_deleted(client: &Client) -> Checked {
    let result = client.scorecards.delete_scorecard_rule("no-rule".to_string()).await;
    expect_refused(result, 404, "Not Found", "rule not found: no-rule")
}

async fn filtered(client: &Client) -> Checked {
    let name = "Filtered rule + more".to_string();
    let sent = attributes(&name).description("About Filters & such".to_string());
    let id = create(client, sent).await?.id.ok_or("an id")?;
    let by_id = || filters().filter_rule_id(id.clone());
    for filter in [
        by_id(),
        filters().filter_rule_name(name.clone()),
        filters().filter_rule_description("about filters &".to_string()),
        by_id().filter_rule_enabled(true).filter_rule_custom(true),
        by_id().include("scorecard".to_string()).fields_scorecard("name".to_string()),
    ] {
        expect_equal(ids(client, filter).await?, [id.as_str()], "rules")?;
    }
    let sparse = by_id().fields_rule("name".to_string());
    let sparse = only(done(client.scorecards.list_scorecard_rules(sparse).await)?.data)?;
    expect_equal(sparse.attributes, Some(RuleAttributes::new().name(name)), "attributes")?;
    let disabled = by_id().filter_rule_enabled(false);
    expect_equal(ids(client, disabled).await?.len(), 0, "disabled rules")
}

async fn links(client: &Client) -> Checked {
    let page = filters().page_size(2).page_offset(2);
    let listed = done(client.scorecards.list_scorecard_rules(page).await)?;
    let next = "/api/v2/scorecard/rules?page%5Blimit%5D=2&page%5Boffset%5D=4";
    expect_equal(get!(listed, links, next)?, next, "links.next")
}

async fn scorecards(client: &Client) -> Checked {
    let name = "Rust scorecard & more".to_string();
    let rule = create(client, attributes("In one").scorecard_name(name.clone())).await?;
    let id = get!(rule, relationships, scorecard, data, id)?;
    let filters = ListScorecardsOptionalParams::default;
    for filter in [
        filters().filter_scorecard_id(id.clone()),
        filters().filter_scorecard_name("scorecard & more".to_string()),
        filters().page_size(100).page_offset(0),
    ] {
        let listed = done(client.scorecards.list_scorecards(filter).await)?.data;
        let found = only(Some(listed.into_iter().filter(|item| item.id == id).collect()))?;
        expect_equal(found.type_, ScorecardListType::SCORECARD, "type")?;
        expect_equal(&found.attributes.name, &name, "name")?;
        expect_recent(found.attributes.created_at, "created_at")?;
        expect_recent(found.attributes.modified_at, "modified_at")?;
    }
    Ok(())
}

//! Outcomes and their batches.

use conformance::{
    done, expect, expect_equal, expect_recent, get, only, Checked, Client, Failure, Suite,
};
use datadog_api_client::datadogV2::api_scorecards::ListScorecardOutcomesOptionalParams;
use datadog_api_client::datadogV2::model::{
    OutcomeType, OutcomesBatchAttributes, OutcomesBatchRequest, OutcomesBatchRequestData,
    OutcomesBatchRequestItem, OutcomesBatchResponseAttributes, OutcomesBatchType,
    OutcomesResponseDataItem, RuleType, State, UpdateOutcomesAsyncAttributes,
    UpdateOutcomesAsyncRequest, UpdateOutcomesAsyncRequestData, UpdateOutcomesAsyncRequestItem,
    UpdateOutcomesAsyncType,
};
use serde_json::Value;

use crate::rules::{create_named, SCORECARD};

const REMARKS: &str = r#"See: <a href="https://app.datadoghq.com/services">Services</a>"#;

pub async fn run(suite: &mut Suite, client: &Client) {
    let update = "UpdateScorecardOutcomes";
    suite.check(update, "the documented example runs and is read back", example(client)).await;
    let sentence = "the answer is 202 with an async-request document";
    suite.check(update, sentence, accepted_document(client)).await;
    suite.check(update, "a later outcome replaces state and remarks", replaced(client)).await;
    let sentence = "both forms of an entity reference address one outcome";
    suite.check(update, sentence, reference_forms(client)).await;
    let sentence = "filters, sparse fields and includes are understood";
    suite.check("ListScorecardOutcomes", sentence, filtered(client)).await;
    let sentence = "a batch by service names is stored and answered typed";
    suite.check("CreateScorecardOutcomesBatch", sentence, batch_is_accepted(client)).await;
}

pub fn item(rule: &str, entity: &str) -> UpdateOutcomesAsyncRequestItem {
    UpdateOutcomesAsyncRequestItem::new(entity.to_string(), rule.to_string(), State::PASS)
}

pub fn item_with(rule: &str, entity: &str, state: State) -> UpdateOutcomesAsyncRequestItem {
    UpdateOutcomesAsyncRequestItem::new(entity.to_string(), rule.to_string(), state)
}

pub fn request(items: Vec<UpdateOutcomesAsyncRequestItem>) -> UpdateOutcomesAsyncRequest {
    let data = UpdateOutcomesAsyncRequestData::new()
        .attributes(UpdateOutcomesAsyncAttributes::new().results(items))
        .type_(UpdateOutcomesAsyncType::BATCHED_OUTCOME);
    UpdateOutcomesAsyncRequest::new().data(data)
}

pub async fn send(client: &Client, items: Vec<UpdateOutcomesAsyncRequestItem>) -> Checked {
    done(client.scorecards.update_scorecard_outcomes(request(items)).await)
}

pub fn batch(items: Vec<OutcomesBatchRequestItem>) -> OutcomesBatchRequest {
    let data = OutcomesBatchRequestData::new()
        .attributes(OutcomesBatchAttributes::new().results(items))
        .type_(OutcomesBatchType::BATCHED_OUTCOME);
    OutcomesBatchRequest::new().data(data)
}

pub fn filters(rule: &str) -> ListScorecardOutcomesOptionalParams {
    ListScorecardOutcomesOptionalParams::default().filter_rule_id(rule.to_string())
}

pub async fn outcomes_of(
    client: &Client,
    rule: &str,
) -> Result<Vec<OutcomesResponseDataItem>, Failure> {
    let page = filters(rule).page_size(100);
    let listed = done(client.scorecards.list_scorecard_outcomes(page).await)?;
    Ok(listed.data.ok_or("data of the answer")?)
}

pub fn names(items: &[OutcomesResponseDataItem]) -> Vec<String> {
    items.iter().filter_map(|item| get!(item, attributes, service_name).ok()).collect()
}

async fn example(client: &Client) -> Checked {
    let rule = create_named(client, "Example of Rust").await?;
    let sent = item(&rule, "service:my-service").remarks(REMARKS.to_string());
    send(client, vec![sent]).await?;
    let got = only(Some(outcomes_of(client, &rule).await?))?;
    expect_equal(get!(got, id)?, format!("{rule}\\my-service"), "id")?;
    expect_equal(get!(got, type_)?, OutcomeType::OUTCOME, "type")?;
    expect_equal(get!(got, attributes, service_name)?, "my-service", "service_name")?;
    expect_equal(get!(got, attributes, state)?, State::PASS, "state")?;
    expect_equal(get!(got, attributes, remarks)?, REMARKS, "remarks")?;
    expect_recent(get!(got, attributes, created_at)?, "created_at")?;
    expect_recent(get!(got, attributes, modified_at)?, "modified_at")?;
    let related = get!(got, relationships, rule, data)?;
    expect_equal(get!(related, id)?, rule, "relationships.rule.data.id")?;
    expect_equal(get!(related, type_)?, RuleType::RULE, "relationships.rule.data.type")
}

async fn accepted_document(client: &Client) -> Checked {
    let rule = create_named(client, "Accepted").await?;
    let sent = request(vec![item(&rule, "service:a")]);
    let answer = done(client.scorecards.update_scorecard_outcomes_with_http_info(sent).await)?;
    expect_equal(answer.status.as_u16(), 202, "status")?;
    let document: Value = serde_json::from_str(&answer.content)?;
    expect_equal(document["data"]["type"].as_str(), Some("async-request"), "data.type")?;
    let id = document["data"]["id"].as_str().ok_or("data.id")?;
    expect_equal(id.len(), 21, "length of data.id")?;
    expect_equal(&document["meta"], &serde_json::json!({"total_received": 1}), "meta")
}

async fn replaced(client: &Client) -> Checked {
    let rule = create_named(client, "Replaced").await?;
    let sent = item_with(&rule, "service:a", State::FAIL).remarks("Für später ✓ <&>".to_string());
    send(client, vec![sent]).await?;
    let first = get!(only(Some(outcomes_of(client, &rule).await?))?, attributes)?;
    expect_equal(get!(first, state)?, State::FAIL, "state of the first report")?;
    expect_equal(get!(first, remarks)?, "Für später ✓ <&>", "remarks of the first report")?;
    send(client, vec![item_with(&rule, "service:a", State::SKIP)]).await?;
    let second = get!(only(Some(outcomes_of(client, &rule).await?))?, attributes)?;
    expect_equal(get!(second, state)?, State::SKIP, "state")?;
    expect_equal(second.remarks, None, "remarks that are not sent are cleared")?;
    expect_equal(second.created_at, first.created_at, "created_at")?;
    expect(second.modified_at > first.modified_at, "modified_at moves on")
}

async fn reference_forms(client: &Client) -> Checked {
    let rule = create_named(client, "Reference forms").await?;
    send(client, vec![item(&rule, "service:a")]).await?;
    send(client, vec![item_with(&rule, "service:default/a", State::FAIL)]).await?;
    let got = only(Some(outcomes_of(client, &rule).await?))?;
    expect_equal(get!(got, attributes, state)?, State::FAIL, "state")
}

async fn filtered(client: &Client) -> Checked {
    let name = "Filters of outcomes (Rust)".to_string();
    let rule = create_named(client, &name).await?;
    let sent = vec![
        item(&rule, "service:first"),
        item_with(&rule, "service:second", State::FAIL),
        item_with(&rule, "queue:third", State::SKIP),
    ];
    send(client, sent).await?;
    let by_rule = || filters(&rule);
    let by_state = |state: &str| filters(&rule).filter_outcome_state(state.to_string());
    let all = vec!["first", "second", "third"];
    for (filter, wanted) in [
        (by_rule(), all.clone()),
        (by_state("fail"), vec!["second"]),
        (by_rule().filter_outcome_service_name("third".to_string()), vec!["third"]),
        (by_state("skip").filter_rule_enabled(true), vec!["third"]),
        (by_rule().filter_rule_enabled(false), vec![]),
        (by_rule().filter_rule_name(name.clone()), all),
        (by_rule().filter_rule_name("Filters of".to_string()), vec![]),
    ] {
        let listed = done(client.scorecards.list_scorecard_outcomes(filter).await)?;
        expect_equal(names(&listed.data.ok_or("data")?), wanted, "service names")?;
    }
    let filter = by_rule().include("rule".to_string());
    let filter = filter.fields_outcome("state, service_name".to_string());
    let sparse = done(client.scorecards.list_scorecard_outcomes(filter).await)?;
    let second = sparse.data.and_then(|items| items.into_iter().nth(1)).ok_or("a second item")?;
    let wanted = OutcomesBatchResponseAttributes::new()
        .state(State::FAIL)
        .service_name("second".to_string());
    expect_equal(second.attributes, Some(wanted), "sparse attributes")?;
    expect(second.relationships.is_none(), "sparse fields that drop relationships")?;
    let included = only(sparse.included)?;
    expect_equal(get!(included, id)?, rule, "id of the included rule")?;
    expect_equal(get!(included, attributes, name)?, name, "its name")?;
    expect_equal(get!(included, attributes, scorecard_name)?, SCORECARD, "its scorecard_name")
}

async fn batch_is_accepted(client: &Client) -> Checked {
    let rule = create_named(client, "Batch").await?;
    let remarks = "See: <a href='https://example.com'>there</a>";
    let item = |name: &str, state: State| {
        OutcomesBatchRequestItem::new(rule.clone(), name.to_string(), state)
            .remarks(remarks.to_string())
    };
    let sent = batch(vec![item("one", State::PASS), item("two", State::FAIL)]);
    let answer = done(client.scorecards.create_scorecard_outcomes_batch(sent).await)?;
    expect_equal(answer.meta.total_received, Some(2), "total_received")?;
    expect_equal(answer.meta.total_updated, Some(2), "total_updated")?;
    expect_equal(names(&answer.data), ["one", "two"], "items in request order")?;
    expect_equal(get!(answer.data[0], id)?, format!("{rule}\\one"), "id")?;
    expect_equal(get!(answer.data[1], attributes, state)?, State::FAIL, "state")?;
    expect_equal(get!(answer.data[1], attributes, remarks)?, remarks, "remarks")?;
    expect_equal(names(&outcomes_of(client, &rule).await?), ["one", "two"], "stored outcomes")
}

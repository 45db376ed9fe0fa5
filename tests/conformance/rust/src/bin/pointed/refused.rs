//! Requests that the server refuses, and the client's view of the refusal.

use conformance::{
    done, environment, expect_equal, expect_forbidden, expect_lacks, expect_refused, expect_status,
    Checked, Client, Suite,
};
use datadog_api_client::datadogV2::model::{OutcomesBatchRequestItem, State};

use crate::outcomes::{batch, filters, item, item_with, outcomes_of, request};
use crate::rules::{self, create_named};

pub async fn run(suite: &mut Suite, client: &Client) {
    let update = "UpdateScorecardOutcomes";
    suite.check(update, "an unknown state raises with status 400", unknown_state(client)).await;
    suite.check(update, "an unknown rule raises with status 409", unknown_rule(client)).await;
    let sentence = "an empty service name is refused";
    suite.check("CreateScorecardOutcomesBatch", sentence, empty_service_name(client)).await;
    let sentence = "a page size over the maximum raises with status 400";
    suite.check("ListScorecardOutcomes", sentence, page_size_over_maximum(client)).await;
    let sentence = "a key without the write scope raises with status 403";
    suite.check(update, sentence, read_only_key(client)).await;
    let sentence = "wrong and missing keys raise with status 403";
    suite.check("ListScorecardRules", sentence, wrong_keys()).await;
}

async fn unknown_state(client: &Client) -> Checked {
    let rule = create_named(client, "Unknown state").await?;
    let state: State = serde_json::from_str("\"INVALID\"")?;
    let sent = request(vec![item_with(&rule, "service:a", state)]);
    let result = client.scorecards.update_scorecard_outcomes(sent).await;
    let detail = "attribute \"state\" must be one of \"pass fail skip\"";
    expect_refused(result, 400, "Bad Request", detail)?;
    expect_equal(outcomes_of(client, &rule).await?.len(), 0, "outcomes")
}

async fn unknown_rule(client: &Client) -> Checked {
    let sent = request(vec![item("INVALID.RULE_ID", "service:a")]);
    let error = expect_status(client.scorecards.update_scorecard_outcomes(sent).await, 409)?;
    let wanted = r#"{"errors":[{"status":"409","title":"Invalid rule_id"}]}"#;
    expect_equal(error.content, wanted, "body")
}

async fn empty_service_name(client: &Client) -> Checked {
    let rule = create_named(client, "Refused batch").await?;
    let sent = batch(vec![OutcomesBatchRequestItem::new(rule, String::new(), State::PASS)]);
    let result = client.scorecards.create_scorecard_outcomes_batch(sent).await;
    expect_refused(result, 400, "Bad Request", "attribute \"service_name\" is required")
}

async fn page_size_over_maximum(client: &Client) -> Checked {
    let page = filters("x").page_size(101);
    expect_status(client.scorecards.list_scorecard_outcomes(page).await, 400)?;
    let page = rules::filters().page_size(101);
    expect_status(client.scorecards.list_scorecard_rules(page).await, 400)?;
    Ok(())
}

async fn read_only_key(client: &Client) -> Checked {
    let rule = create_named(client, "Read only").await?;
    let reader = Client::reader().scorecards;
    let sent = request(vec![item(&rule, "service:a")]);
    let deleted = reader.delete_scorecard_rule(rule.clone()).await;
    expect_lacks(reader.update_scorecard_outcomes(sent).await, "scorekeeper_outcomes_write")?;
    expect_lacks(deleted, "apm_service_catalog_write")?;
    let listed = done(reader.list_scorecard_outcomes(filters(&rule)).await)?.data;
    expect_equal(listed.ok_or("data")?.len(), 0, "outcomes that the key may read")
}

async fn wrong_keys() -> Checked {
    let (api, application) = (environment("DD_API_KEY"), environment("DD_APP_KEY"));
    for client in [
        Client::with_keys(&"0".repeat(32), &application),
        Client::with_keys(&api, &"0".repeat(40)),
        Client::with_keys("", &application),
        Client::with_keys(&api, ""),
    ] {
        expect_forbidden(client.scorecards.list_scorecard_rules(rules::filters()).await)?;
    }
    Ok(())
}

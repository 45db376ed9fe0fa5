//! The official Rust client's own retry against a server that allows a few requests in a few
//! seconds. It does not look at x-ratelimit-reset: it waits a second or more before each retry, and
//! longer from retry to retry.
//!
//! Environment: SCOREKEEPER_ADDRESS (HOST:PORT), DD_API_KEY, DD_APP_KEY, RATE_LIMIT_REQUESTS.
//! Prints one line for each check, in the form that tests/conformance/run reads.

use std::future::Future;
use std::time::{Duration, Instant};

use conformance::{
    done, environment, expect, expect_equal, expect_status, get, Checked, Client, Failure, Suite,
};
use datadog_api_client::datadogV2::api_scorecards::{
    ListScorecardRulesError, ListScorecardRulesOptionalParams,
};
use datadog_api_client::datadogV2::model::{
    CreateRuleRequest, CreateRuleRequestData, RuleAttributesRequest, RuleType, State,
    UpdateOutcomesAsyncAttributes, UpdateOutcomesAsyncRequest, UpdateOutcomesAsyncRequestData,
    UpdateOutcomesAsyncRequestItem, UpdateOutcomesAsyncType,
};

const TRIES: usize = 3;
const RETRIES: u32 = 6; // whose waits are longer than any window here
const FIRST_BACKOFF: Duration = Duration::from_secs(1);

struct Clients {
    impatient: Client,
    patient: Client,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut configuration = Client::configuration();
    configuration.set_retry(true, RETRIES);
    let clients = Clients { impatient: Client::new(), patient: Client::with(configuration) };
    let mut suite = Suite::default();
    suite
        .check(
            "ListScorecardRules",
            "without retry a 429 is an error that carries the body",
            error_carries_body(&clients),
        )
        .await;
    suite
        .check(
            "UpdateScorecardOutcomes",
            "with retry on a 429 is waited out, then accepted",
            outcome_is_accepted(&clients),
        )
        .await;
    suite
        .check(
            "ListScorecardRules",
            "with retry on a list is waited out too",
            expect_wait(&clients, || list_rules(&clients.patient)),
        )
        .await;
    suite.end();
}

async fn list_rules(client: &Client) -> Checked {
    let filters = ListScorecardRulesOptionalParams::default();
    done(client.scorecards.list_scorecard_rules(filters).await).map(|_| ())
}

/// Calls until the window is used up; what the client made of the 429.
async fn use_up(clients: &Clients) -> Result<Option<ListScorecardRulesError>, Failure> {
    let requests: usize = environment("RATE_LIMIT_REQUESTS").parse()?;
    for _ in 0..2 * requests + 2 {
        let filters = ListScorecardRulesOptionalParams::default();
        let listed = clients.impatient.scorecards.list_scorecard_rules(filters).await;
        if listed.is_err() {
            return Ok(expect_status(listed, 429)?.entity);
        }
    }
    Err(format!("wanted a 429 after {requests} requests").into())
}

/// The call must wait. A window may end between it and the 429 before it.
async fn expect_wait<F>(clients: &Clients, call: impl Fn() -> F) -> Checked
where
    F: Future<Output = Checked>,
{
    for _ in 0..TRIES {
        use_up(clients).await?;
        let begin = Instant::now();
        call().await?;
        if begin.elapsed() >= FIRST_BACKOFF {
            return Ok(());
        }
    }
    Err(format!("wanted a call that waits for the next window, in {TRIES} tries").into())
}

async fn error_carries_body(clients: &Clients) -> Checked {
    match use_up(clients).await? {
        Some(ListScorecardRulesError::APIErrorResponse(model)) => {
            expect_equal(model.errors, ["Too many requests"], "errors")
        }
        other => Err(format!("wanted the typed model, got {other:?}").into()),
    }
}

async fn outcome_is_accepted(clients: &Clients) -> Checked {
    let attributes = RuleAttributesRequest::new()
        .name("Retried".to_string())
        .scorecard_name("Rust conformance".to_string());
    let request = CreateRuleRequest::new()
        .data(CreateRuleRequestData::new().attributes(attributes).type_(RuleType::RULE));
    let created = done(clients.patient.scorecards.create_scorecard_rule(request).await)?;
    let rule = get!(created, data, id)?;
    expect(!rule.is_empty(), "an id")?;
    expect_wait(clients, || report(&clients.patient, &rule)).await
}

async fn report(client: &Client, rule: &str) -> Checked {
    let item = UpdateOutcomesAsyncRequestItem::new(
        "service:retried".to_string(),
        rule.to_string(),
        State::PASS,
    );
    let data = UpdateOutcomesAsyncRequestData::new()
        .attributes(UpdateOutcomesAsyncAttributes::new().results(vec![item]))
        .type_(UpdateOutcomesAsyncType::BATCHED_OUTCOME);
    let request = UpdateOutcomesAsyncRequest::new().data(data);
    done(client.scorecards.update_scorecard_outcomes(request).await)
}

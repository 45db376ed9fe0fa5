//! POST /api/v2/scorecard/outcomes as the API's documentation shows it for Rust: everything but the
//! rule comes from the environment through the client itself.

use datadog_api_client::datadog::Configuration;
use datadog_api_client::datadogV2::api_scorecards::ScorecardsAPI;
use datadog_api_client::datadogV2::model::{
    State, UpdateOutcomesAsyncAttributes, UpdateOutcomesAsyncRequest,
    UpdateOutcomesAsyncRequestData, UpdateOutcomesAsyncRequestItem, UpdateOutcomesAsyncType,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let item = UpdateOutcomesAsyncRequestItem::new(
        "service:my-service".to_string(),
        std::env::var("CREATE_SCORECARD_RULE_DATA_ID")?,
        State::PASS,
    )
    .remarks(r#"See: <a href="https://app.datadoghq.com/services">Services</a>"#.to_string());
    let body = UpdateOutcomesAsyncRequest::new().data(
        UpdateOutcomesAsyncRequestData::new()
            .attributes(UpdateOutcomesAsyncAttributes::new().results(vec![item]))
            .type_(UpdateOutcomesAsyncType::BATCHED_OUTCOME),
    );
    let api = ScorecardsAPI::with_config(Configuration::new());
    Ok(api.update_scorecard_outcomes(body).await?)
}

//! The official Rust client, called as the table says: a request a line, an answer a line.
//!
//! Environment: SCOREKEEPER_ADDRESS (HOST:PORT). README.md says what a request and an answer hold.
//! Arguments are deserialized into the client's types; an answer is what its structs hold, with
//! the types that they declare (reading.rs). Rust cannot find a method by its name: operations.rs
//! names them.

mod operations;
mod reading;

use std::collections::HashMap;
use std::error::Error as Problem;
use std::fmt::Debug;
use std::io::BufRead;

use datadog_api_client::datadog::{APIKey, Configuration, Error, ResponseContent};
use datadog_api_client::datadogV2::api_scorecards::ScorecardsAPI;
use datadog_api_client::datadogV2::api_service_definition::ServiceDefinitionAPI;
use datadog_api_client::datadogV2::api_software_catalog::SoftwareCatalogAPI;
use futures_util::{Stream, TryStreamExt};
use serde::Serialize;
use serde_json::{json, Value};

use crate::reading::{models_of, read, unparsed_of};

pub type Told = Result<Value, Box<dyn Problem>>;

/// The client with one set of keys and settings.
struct Client {
    scorecards: ScorecardsAPI,
    catalog: SoftwareCatalogAPI,
    definitions: ServiceDefinitionAPI,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut clients = HashMap::new();
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("a line of stdin");
        // A fault of the client is an answer too: the check fails.
        let answer = match answer_to(&line, &mut clients).await {
            Ok(answer) => answer,
            Err(problem) => json!({"problem": problem.to_string()}),
        };
        println!("{answer}");
    }
}

async fn answer_to(line: &str, clients: &mut HashMap<String, Client>) -> Told {
    let request: Value = serde_json::from_str(line)?;
    let client = clients.entry(request["client"].to_string()).or_insert_with(|| {
        let configuration = configuration(&request["client"]);
        Client {
            scorecards: ScorecardsAPI::with_config(configuration.clone()),
            catalog: SoftwareCatalogAPI::with_config(configuration.clone()),
            definitions: ServiceDefinitionAPI::with_config(configuration),
        }
    });
    match request["api"].as_str() {
        Some("Scorecards") => operations::scorecards(&client.scorecards, &request).await,
        Some("SoftwareCatalog") => operations::catalog(&client.catalog, &request).await,
        _ => operations::definitions(&client.definitions, &request).await,
    }
}

/// This client always sends both keys: an empty one is a missing one. It waits longer from retry to
/// retry, and does not look at x-ratelimit-reset.
fn configuration(wanted: &Value) -> Configuration {
    let mut configuration = Configuration::new();
    configuration.server_index = 1;
    let address = std::env::var("SCOREKEEPER_ADDRESS").expect("SCOREKEEPER_ADDRESS");
    let variables = &mut configuration.server_variables;
    variables.insert("protocol".to_string(), "http".to_string());
    variables.insert("name".to_string(), address);
    for (name, member) in [("apiKeyAuth", "api_key"), ("appKeyAuth", "app_key")] {
        let key = wanted[member].as_str().unwrap_or_default().to_string();
        configuration.set_auth_key(name, APIKey { key, prefix: String::new() });
    }
    configuration.set_unstable_operation_enabled("v2.create_scorecard_outcomes_batch", true);
    let retries = 6; // whose waits are longer than a period
    configuration.set_retry(wanted["retry"] == true, retries);
    configuration
}

/// The answer to a call, or the error that the client made of it.
pub fn told<T, E>(result: Result<ResponseContent<T>, Error<E>>) -> Told
where
    T: Serialize + Debug,
    E: Serialize + Debug,
{
    match result {
        Ok(response) => {
            let mut answer = answer(&response.entity)?;
            answer["status"] = response.status.as_u16().into();
            answer["body"] = response.content.into();
            Ok(answer)
        }
        Err(Error::ResponseError(response)) => {
            let text = response.entity.as_ref().map(|entity| format!("{entity:?}"));
            let model = text.as_deref().and_then(|text| text.split('(').next());
            Ok(json!({"error": {
                "status": response.status.as_u16(), "body": response.content, "model": model,
                "tree": read(&response.entity)?,
            }}))
        }
        Err(problem) => Err(format!("{problem:?}").into()),
    }
}

/// All items of a list that the client pages through by itself.
pub async fn collected<T, E>(pages: impl Stream<Item = Result<T, Error<E>>>) -> Told
where
    T: Serialize + Debug,
    E: Debug,
{
    let items: Result<Vec<T>, _> = pages.try_collect().await;
    answer(&items.map_err(|problem| format!("{problem:?}"))?)
}

fn answer<T: Serialize + Debug>(value: &T) -> Told {
    let text = format!("{value:?}");
    let (models, unparsed) = (models_of(&text), unparsed_of(&text));
    Ok(json!({"answer": read(value)?, "models": models, "unparsed": unparsed}))
}

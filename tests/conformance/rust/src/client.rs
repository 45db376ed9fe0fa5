//! The client that the checks call through, pointed at the server under test.

use std::fmt::Debug;

use datadog_api_client::datadog::{APIKey, Configuration, Error, ResponseContent};
use datadog_api_client::datadogV2::api_scorecards::ScorecardsAPI;
use datadog_api_client::datadogV2::api_service_definition::ServiceDefinitionAPI;
use datadog_api_client::datadogV2::api_software_catalog::SoftwareCatalogAPI;
use futures_util::{Stream, TryStreamExt};
use serde_json::Value;

use crate::{expect_equal, Checked, Failure};

pub struct Client {
    pub scorecards: ScorecardsAPI,
    pub catalog: SoftwareCatalogAPI,
    pub definitions: ServiceDefinitionAPI,
}

impl Client {
    /// With the keys of the environment.
    pub fn new() -> Self {
        Self::with(Self::configuration())
    }

    pub fn with(configuration: Configuration) -> Self {
        Self {
            scorecards: ScorecardsAPI::with_config(configuration.clone()),
            catalog: SoftwareCatalogAPI::with_config(configuration.clone()),
            definitions: ServiceDefinitionAPI::with_config(configuration),
        }
    }

    /// This client always sends both keys: an empty one is a missing one.
    pub fn with_keys(api_key: &str, application_key: &str) -> Self {
        let mut configuration = Self::configuration();
        for (name, key) in [("apiKeyAuth", api_key), ("appKeyAuth", application_key)] {
            let (key, prefix) = (key.to_string(), String::new());
            configuration.set_auth_key(name, APIKey { key, prefix });
        }
        Self::with(configuration)
    }

    /// With the key that may only read.
    pub fn reader() -> Self {
        Self::with_keys(&environment("DD_API_KEY"), &environment("READ_ONLY_APP_KEY"))
    }

    pub fn configuration() -> Configuration {
        let mut configuration = Configuration::new();
        configuration.server_index = 1;
        let variables = &mut configuration.server_variables;
        variables.insert("protocol".to_string(), "http".to_string());
        variables.insert("name".to_string(), environment("SCOREKEEPER_ADDRESS"));
        configuration.set_unstable_operation_enabled("v2.create_scorecard_outcomes_batch", true);
        configuration
    }
}

impl Default for Client {
    fn default() -> Self {
        Self::new()
    }
}

/// The value of a variable that the runner sets.
pub fn environment(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

/// The answer of a call that must succeed, each object of which has the type that the client
/// expects. Only its Debug form tells of an unparsed object.
pub fn done<T: Debug, E: Debug>(result: Result<T, Error<E>>) -> Result<T, Failure> {
    let answer = result.map_err(|error| format!("wanted an answer, got {error:?}"))?;
    let text = format!("{answer:?}");
    if text.contains("_unparsed: true") || text.contains("UnparsedObject {") {
        return Err(format!("the answer holds an unparsed object: {text}").into());
    }
    Ok(answer)
}

/// All items of a list that the client pages through by itself.
pub async fn collect<T: Debug, E: Debug>(
    pages: impl Stream<Item = Result<T, Error<E>>>,
) -> Result<Vec<T>, Failure> {
    done(pages.try_collect().await)
}

/// The client's form of an error, which must have the status.
pub fn expect_status<T: Debug, E: Debug>(
    result: Result<T, Error<E>>,
    status: u16,
) -> Result<ResponseContent<E>, Failure> {
    match result {
        Err(Error::ResponseError(response)) if response.status == status => Ok(response),
        other => Err(format!("wanted an error with status {status}, got {other:?}").into()),
    }
}

/// The first error of the document must be the wanted one.
pub fn expect_refused<T: Debug, E: Debug>(
    result: Result<T, Error<E>>,
    status: u16,
    title: &str,
    detail: &str,
) -> Checked {
    let response = expect_status(result, status)?;
    let document: Value = serde_json::from_str(&response.content)?;
    let first = &document["errors"][0];
    let text = |name: &str| first[name].as_str().unwrap_or_default().to_string();
    expect_equal(text("status"), status.to_string(), "errors[0].status")?;
    expect_equal(text("title"), title, "errors[0].title")?;
    expect_equal(text("detail"), detail, "errors[0].detail")
}

/// Credentials that the server does not know.
pub fn expect_forbidden<T: Debug, E: Debug>(result: Result<T, Error<E>>) -> Checked {
    expect_refused(result, 403, "Forbidden", "")
}

/// Good credentials that lack the scope.
pub fn expect_lacks<T: Debug, E: Debug>(result: Result<T, Error<E>>, scope: &str) -> Checked {
    let detail = format!("the credentials lack the scope {scope}");
    expect_refused(result, 403, "Forbidden", &detail)
}

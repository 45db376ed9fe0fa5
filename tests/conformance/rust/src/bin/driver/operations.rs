//! The methods of the client, by the names of their operations.

use datadog_api_client::datadogV2::api_scorecards::*;
use datadog_api_client::datadogV2::api_service_definition::*;
use datadog_api_client::datadogV2::api_software_catalog::*;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{collected, told, Told};

/// The optional parameters of a request in the client's struct, which has these fields.
macro_rules! parameters {
    ($request:ident, $kind:ident { $($field:ident),* }) => {{
        let mut parameters = $kind::default();
        for (name, value) in $request["query"].as_object().into_iter().flatten() {
            match name_of(name).as_str() {
                $(stringify!($field) => parameters.$field = serde_json::from_value(value.clone())?,)*
                other => return Err(format!("the client has no parameter {other}").into()),
            }
        }
        parameters
    }};
}

/// The client's name for a name of the wire: filter[rule][id] is filter_rule_id.
fn name_of(wire: &str) -> String {
    let mut name = String::new();
    for letter in wire.chars() {
        match letter {
            ']' => {}
            '[' => name.push('_'),
            upper if upper.is_uppercase() => name.extend(['_', upper.to_ascii_lowercase()]),
            other => name.push(other),
        }
    }
    name
}

fn body<T: DeserializeOwned>(request: &Value) -> Result<T, serde_json::Error> {
    serde_json::from_value(request["body"].clone())
}

fn path<T: DeserializeOwned>(request: &Value, name: &str) -> Result<T, serde_json::Error> {
    serde_json::from_value(request["arguments"][name].clone())
}

fn unknown(operation: &str) -> Told {
    Err(format!("the client has no operation {operation}").into())
}

pub async fn scorecards(api: &ScorecardsAPI, request: &Value) -> Told {
    match request["operation"].as_str().unwrap_or_default() {
        "UpdateScorecardOutcomes" => {
            told(api.update_scorecard_outcomes_with_http_info(body(request)?).await)
        }
        "CreateScorecardOutcomesBatch" => {
            told(api.create_scorecard_outcomes_batch_with_http_info(body(request)?).await)
        }
        "ListScorecardOutcomes" => {
            let given = parameters!(
                request,
                ListScorecardOutcomesOptionalParams {
                    page_size,
                    page_offset,
                    include,
                    fields_outcome,
                    fields_rule,
                    filter_outcome_service_name,
                    filter_outcome_state,
                    filter_rule_enabled,
                    filter_rule_id,
                    filter_rule_name
                }
            );
            if request["items"] == true {
                return collected(api.list_scorecard_outcomes_with_pagination(given)).await;
            }
            told(api.list_scorecard_outcomes_with_http_info(given).await)
        }
        "ListScorecardRules" => {
            let given = parameters!(
                request,
                ListScorecardRulesOptionalParams {
                    page_size,
                    page_offset,
                    include,
                    filter_rule_id,
                    filter_rule_enabled,
                    filter_rule_custom,
                    filter_rule_name,
                    filter_rule_description,
                    fields_rule,
                    fields_scorecard
                }
            );
            if request["items"] == true {
                return collected(api.list_scorecard_rules_with_pagination(given)).await;
            }
            told(api.list_scorecard_rules_with_http_info(given).await)
        }
        "CreateScorecardRule" => {
            told(api.create_scorecard_rule_with_http_info(body(request)?).await)
        }
        "UpdateScorecardRule" => {
            let (id, sent) = (path(request, "rule_id")?, body(request)?);
            told(api.update_scorecard_rule_with_http_info(id, sent).await)
        }
        "DeleteScorecardRule" => {
            told(api.delete_scorecard_rule_with_http_info(path(request, "rule_id")?).await)
        }
        "ListScorecards" => {
            let given = parameters!(
                request,
                ListScorecardsOptionalParams {
                    page_offset,
                    page_size,
                    filter_scorecard_id,
                    filter_scorecard_name,
                    filter_scorecard_description
                }
            );
            told(api.list_scorecards_with_http_info(given).await)
        }
        "ListScorecardScores" => {
            let given = parameters!(
                request,
                ListScorecardScoresOptionalParams {
                    filter_rule_id,
                    filter_rule_name,
                    filter_rule_level,
                    filter_rule_scorecard_id,
                    filter_rule_is_custom,
                    filter_rule_is_enabled,
                    sort,
                    page_offset,
                    page_limit
                }
            );
            let aggregation = path(request, "aggregation")?;
            told(api.list_scorecard_scores_with_http_info(aggregation, given).await)
        }
        _ => campaigns(api, request).await,
    }
}

async fn campaigns(api: &ScorecardsAPI, request: &Value) -> Told {
    match request["operation"].as_str().unwrap_or_default() {
        "ListScorecardCampaigns" => {
            let given = parameters!(
                request,
                ListScorecardCampaignsOptionalParams {
                    page_limit,
                    page_offset,
                    filter_campaign_name,
                    filter_campaign_status,
                    filter_campaign_owner
                }
            );
            told(api.list_scorecard_campaigns_with_http_info(given).await)
        }
        "CreateScorecardCampaign" => {
            told(api.create_scorecard_campaign_with_http_info(body(request)?).await)
        }
        "GetScorecardCampaign" => {
            let given =
                parameters!(request, GetScorecardCampaignOptionalParams { include, include_meta });
            let id = path(request, "campaign_id")?;
            told(api.get_scorecard_campaign_with_http_info(id, given).await)
        }
        "UpdateScorecardCampaign" => {
            let (id, sent) = (path(request, "campaign_id")?, body(request)?);
            told(api.update_scorecard_campaign_with_http_info(id, sent).await)
        }
        "DeleteScorecardCampaign" => {
            told(api.delete_scorecard_campaign_with_http_info(path(request, "campaign_id")?).await)
        }
        other => unknown(other),
    }
}

pub async fn catalog(api: &SoftwareCatalogAPI, request: &Value) -> Told {
    match request["operation"].as_str().unwrap_or_default() {
        "ListCatalogEntity" => {
            let given = parameters!(
                request,
                ListCatalogEntityOptionalParams {
                    page_offset,
                    page_limit,
                    filter_id,
                    filter_ref,
                    filter_name,
                    filter_kind,
                    filter_owner,
                    filter_relation_type,
                    filter_exclude_snapshot,
                    include,
                    include_discovered
                }
            );
            if request["items"] == true {
                return collected(api.list_catalog_entity_with_pagination(given)).await;
            }
            told(api.list_catalog_entity_with_http_info(given).await)
        }
        "UpsertCatalogEntity" => {
            told(api.upsert_catalog_entity_with_http_info(body(request)?).await)
        }
        "PreviewCatalogEntities" => told(api.preview_catalog_entities_with_http_info().await),
        "DeleteCatalogEntity" => {
            told(api.delete_catalog_entity_with_http_info(path(request, "entity_id")?).await)
        }
        "ListCatalogKind" => {
            let given = parameters!(
                request,
                ListCatalogKindOptionalParams { page_offset, page_limit, filter_id, filter_name }
            );
            if request["items"] == true {
                return collected(api.list_catalog_kind_with_pagination(given)).await;
            }
            told(api.list_catalog_kind_with_http_info(given).await)
        }
        "UpsertCatalogKind" => told(api.upsert_catalog_kind_with_http_info(body(request)?).await),
        "DeleteCatalogKind" => {
            told(api.delete_catalog_kind_with_http_info(path(request, "kind_id")?).await)
        }
        "ListCatalogRelation" => {
            let given = parameters!(
                request,
                ListCatalogRelationOptionalParams {
                    page_offset,
                    page_limit,
                    filter_type,
                    filter_from_ref,
                    filter_to_ref,
                    include,
                    include_discovered
                }
            );
            if request["items"] == true {
                return collected(api.list_catalog_relation_with_pagination(given)).await;
            }
            told(api.list_catalog_relation_with_http_info(given).await)
        }
        other => unknown(other),
    }
}

pub async fn definitions(api: &ServiceDefinitionAPI, request: &Value) -> Told {
    match request["operation"].as_str().unwrap_or_default() {
        "ListServiceDefinitions" => {
            let given = parameters!(
                request,
                ListServiceDefinitionsOptionalParams { page_size, page_number, schema_version }
            );
            if request["items"] == true {
                return collected(api.list_service_definitions_with_pagination(given)).await;
            }
            told(api.list_service_definitions_with_http_info(given).await)
        }
        "CreateOrUpdateServiceDefinitions" => {
            told(api.create_or_update_service_definitions_with_http_info(body(request)?).await)
        }
        "GetServiceDefinition" => {
            let given = parameters!(request, GetServiceDefinitionOptionalParams { schema_version });
            let name = path(request, "service_name")?;
            told(api.get_service_definition_with_http_info(name, given).await)
        }
        "DeleteServiceDefinition" => {
            told(api.delete_service_definition_with_http_info(path(request, "service_name")?).await)
        }
        other => unknown(other),
    }
}

//! Service definitions.

use conformance::{
    collect, done, expect, expect_all_once, expect_equal, expect_recent_text, expect_refused,
    expect_status, get, only, Checked, Client, Failure, Suite,
};
use datadog_api_client::datadogV2::api_service_definition::{
    DeleteServiceDefinitionError, GetServiceDefinitionError, GetServiceDefinitionOptionalParams,
    ListServiceDefinitionsOptionalParams,
};
use datadog_api_client::datadogV2::model::{
    ServiceDefinitionData, ServiceDefinitionSchema as Schema,
    ServiceDefinitionSchemaVersions as Versions, ServiceDefinitionV2Dot2,
    ServiceDefinitionV2Dot2Contact, ServiceDefinitionV2Dot2Integrations,
    ServiceDefinitionV2Dot2Link, ServiceDefinitionV2Dot2Pagerduty, ServiceDefinitionV2Dot2Version,
    ServiceDefinitionsCreateRequest,
};

use crate::entities;

pub async fn run(suite: &mut Suite, client: &Client) {
    let create = "CreateOrUpdateServiceDefinitions";
    suite.check(create, "a definition comes back typed", stored(client)).await;
    suite.check(create, "text in YAML is read", text_is_read(client)).await;
    let sentence = "a definition without a name raises with status 400";
    suite.check(create, sentence, nameless(client)).await;
    let get = "GetServiceDefinition";
    suite.check(get, "a definition is read in the version asked for", converted(client)).await;
    suite.check(get, "an unknown service raises with status 404", unknown_is_read(client)).await;
    suite.check("DeleteServiceDefinition", "a deleted definition is gone", deleted(client)).await;
    let list = "ListServiceDefinitions";
    let sentence = "all definitions come once each through auto-paging";
    suite.check(list, sentence, paged(client)).await;
    suite.check(list, "pages are numbered from 0", numbered(client)).await;
}

fn definition(service: &str) -> ServiceDefinitionV2Dot2 {
    ServiceDefinitionV2Dot2::new(service.to_string(), ServiceDefinitionV2Dot2Version::V2_2)
}

fn request(definition: ServiceDefinitionV2Dot2) -> ServiceDefinitionsCreateRequest {
    ServiceDefinitionsCreateRequest::ServiceDefinitionV2Dot2(Box::new(definition))
}

async fn store(
    client: &Client,
    request: ServiceDefinitionsCreateRequest,
) -> Result<ServiceDefinitionData, Failure> {
    only(done(client.definitions.create_or_update_service_definitions(request).await)?.data)
}

async fn stored(client: &Client) -> Checked {
    let contact = ServiceDefinitionV2Dot2Contact::new(
        "checkout@example.com".to_string(),
        "email".to_string(),
    );
    let link = ServiceDefinitionV2Dot2Link::new(
        "Runbook".to_string(),
        "runbook".to_string(),
        "https://runbook.example/checkout".to_string(),
    );
    let pagerduty = ServiceDefinitionV2Dot2Pagerduty::new()
        .service_url("https://my-org.pagerduty.com/service-directory/P1".to_string());
    let sent = definition("checkout")
        .team("team-checkout".to_string())
        .application("shop".to_string())
        .description("Takes <money>".to_string())
        .tier("1".to_string())
        .lifecycle("production".to_string())
        .type_("web".to_string())
        .languages(vec!["rust".to_string()])
        .tags(vec!["my:tag".to_string()])
        .contacts(vec![contact.name("Support".to_string())])
        .links(vec![link])
        .integrations(ServiceDefinitionV2Dot2Integrations::new().pagerduty(pagerduty));
    let got = store(client, request(sent.clone())).await?;
    expect_equal(get!(got, type_)?, "service-definition", "type")?;
    let schema = get!(got, attributes, schema)?;
    expect_equal(schema, Schema::ServiceDefinitionV2Dot2(Box::new(sent)), "schema")?;
    let meta = get!(got, attributes, meta)?;
    expect_equal(get!(meta, ingestion_source)?, "api", "meta.ingestion-source")?;
    expect_equal(get!(meta, ingested_schema_version)?, "v2.2", "ingested-schema-version")?;
    expect_recent_text(&get!(meta, last_modified_time)?, "meta.last-modified-time")?;
    let filter = entities::filters().filter_owner("team-checkout".to_string());
    expect_equal(entities::names_by(client, filter).await?, ["checkout"], "entities")
}

async fn text_is_read(client: &Client) -> Checked {
    let text = "schema-version: v2.1\ndd-service: text-service\nteam: team-text\ntier: 1\n";
    let sent = ServiceDefinitionsCreateRequest::ServiceDefinitionRaw(text.to_string());
    match get!(store(client, sent).await?, attributes, schema)? {
        Schema::ServiceDefinitionV2Dot1(got) => {
            expect_equal(&got.dd_service, &"text-service".to_string(), "dd-service")?;
            expect_equal(get!(got, team)?, "team-text", "team")?;
            expect_equal(get!(got, tier)?, "1", "tier")
        }
        other => Err(format!("wanted a schema v2.1, got {other:?}").into()),
    }
}

async fn nameless(client: &Client) -> Checked {
    let sent = request(definition(""));
    let result = client.definitions.create_or_update_service_definitions(sent).await;
    expect_refused(result, 400, "Bad Request", "attribute \"dd-service\" is required")
}

async fn converted(client: &Client) -> Checked {
    let sent = definition("converted").team("team-converted".to_string());
    store(client, request(sent.clone())).await?;
    for version in [Versions::V2, Versions::V2_1, Versions::V2_2] {
        let params = GetServiceDefinitionOptionalParams::default().schema_version(version.clone());
        let result = client.definitions.get_service_definition("converted".to_string(), params);
        let got = done(result.await)?.data.ok_or("data")?;
        expect_equal(get!(got, type_)?, "service-definition", "type")?;
        expect(!get!(got, id)?.is_empty(), "an id")?;
        let (wanted, service, team) = match get!(got, attributes, schema)? {
            Schema::ServiceDefinitionV2(v2) => (Versions::V2, v2.dd_service, v2.team),
            Schema::ServiceDefinitionV2Dot1(v2) => (Versions::V2_1, v2.dd_service, v2.team),
            Schema::ServiceDefinitionV2Dot2(v2) => (Versions::V2_2, v2.dd_service, v2.team),
            other => return Err(format!("wanted a schema, got {other:?}").into()),
        };
        expect_equal(version, wanted, "version")?;
        expect_equal(service, "converted", "dd-service")?;
        expect_equal(team.as_deref(), Some("team-converted"), "team")?;
    }
    Ok(())
}

/// The client has the errors of service definitions as texts.
async fn expect_unknown(client: &Client, service: &str) -> Checked {
    let params = GetServiceDefinitionOptionalParams::default();
    let result = client.definitions.get_service_definition(service.to_string(), params).await;
    match expect_status(result, 404)?.entity {
        Some(GetServiceDefinitionError::APIErrorResponse(model)) => {
            expect_equal(model.errors, ["Not Found"], "errors")
        }
        other => Err(format!("wanted the typed model, got {other:?}").into()),
    }
}

async fn unknown_is_read(client: &Client) -> Checked {
    expect_unknown(client, "nobody").await
}

async fn deleted(client: &Client) -> Checked {
    let name = "group/part";
    store(client, request(definition(name))).await?;
    done(client.definitions.delete_service_definition(name.to_string()).await)?;
    expect_unknown(client, name).await?;
    let result = client.definitions.delete_service_definition(name.to_string()).await;
    match expect_status(result, 404)?.entity {
        Some(DeleteServiceDefinitionError::APIErrorResponse(model)) => {
            expect_equal(model.errors, ["Not Found"], "errors")
        }
        other => Err(format!("wanted the typed model, got {other:?}").into()),
    }
}

fn filters() -> ListServiceDefinitionsOptionalParams {
    ListServiceDefinitionsOptionalParams::default().schema_version(Versions::V2_2)
}

fn service_of(item: &ServiceDefinitionData) -> Result<String, Failure> {
    match get!(item, attributes, schema)? {
        Schema::ServiceDefinitionV2Dot2(schema) => Ok(schema.dd_service),
        other => Err(format!("wanted a schema v2.2, got {other:?}").into()),
    }
}

async fn paged(client: &Client) -> Checked {
    let prefix = "paged-definition-";
    let wanted: Vec<_> = (0..21).map(|i| format!("{prefix}{i}")).collect();
    for name in &wanted {
        store(client, request(definition(name))).await?;
    }
    for filter in [filters(), filters().page_size(100)] {
        let pages = client.definitions.list_service_definitions_with_pagination(filter);
        let mut names = vec![];
        for item in collect(pages).await? {
            names.push(service_of(&item)?);
        }
        names.retain(|name| name.starts_with(prefix));
        expect_all_once(names, &wanted, "definitions")?;
    }
    Ok(())
}

async fn numbered(client: &Client) -> Checked {
    store(client, request(definition("numbered-a"))).await?;
    store(client, request(definition("numbered-b"))).await?;
    let mut names = vec![];
    for number in 0..2 {
        let page = filters().page_size(1).page_number(number);
        let listed = done(client.definitions.list_service_definitions(page).await)?;
        names.push(service_of(&only(listed.data)?)?);
    }
    expect(names[0] < names[1], "pages in order")
}

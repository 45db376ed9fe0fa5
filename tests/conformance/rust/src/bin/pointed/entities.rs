//! Entities of the software catalog.

use conformance::{
    done, expect, expect_equal, expect_lacks, expect_recent_text, expect_refused, get, only,
    Checked, Client, Failure, Suite,
};
use datadog_api_client::datadogV2::api_software_catalog::ListCatalogEntityOptionalParams;
use datadog_api_client::datadogV2::model::{
    EntityAttributes, EntityData, EntityV3, EntityV3APIVersion, EntityV3Metadata,
    EntityV3MetadataAdditionalOwnersItems, EntityV3MetadataContactsItems,
    EntityV3MetadataLinksItems, EntityV3Service, EntityV3ServiceKind, EntityV3ServiceSpec,
    IncludeType, ListEntityCatalogResponseIncludedItem as Included, RelationType,
    UpsertCatalogEntityRequest, UpsertCatalogEntityResponse,
    UpsertCatalogEntityResponseIncludedItem,
};

pub async fn run(suite: &mut Suite, client: &Client) {
    let upsert = "UpsertCatalogEntity";
    suite.check(upsert, "an entity comes back typed, with its schema", upserted(client)).await;
    let sentence = "an entity keeps its id and is replaced as a whole";
    suite.check(upsert, sentence, replaced(client)).await;
    suite.check(upsert, "text in YAML is read", text_is_read(client)).await;
    suite.check(upsert, "an unusable definition raises with status 400", nameless(client)).await;
    let sentence = "a key without the write scope raises with status 403";
    suite.check(upsert, sentence, forbidden(client)).await;
    let list = "ListCatalogEntity";
    suite.check(list, "entities are found by every filter", filtered(client)).await;
    let sentence = "schemas, texts and related entities are included typed";
    suite.check(list, sentence, included(client)).await;
    suite.check(list, "links lead to the page itself and those around", links(client)).await;
    let sentence = "without a definition an empty list is previewed";
    suite.check("PreviewCatalogEntities", sentence, previewed(client)).await;
    let sentence = "an entity is deleted by reference and by id";
    suite.check("DeleteCatalogEntity", sentence, deleted(client)).await;
}

pub fn metadata(name: &str) -> EntityV3Metadata {
    EntityV3Metadata::new(name.to_string())
}

pub fn service(metadata: EntityV3Metadata) -> EntityV3Service {
    EntityV3Service::new(EntityV3APIVersion::V3, EntityV3ServiceKind::SERVICE, metadata)
}

pub fn depends_on(reference: &str) -> EntityV3ServiceSpec {
    EntityV3ServiceSpec::new().depends_on(vec![reference.to_string()])
}

fn request(entity: EntityV3) -> UpsertCatalogEntityRequest {
    UpsertCatalogEntityRequest::EntityV3(Box::new(entity))
}

fn request_of(service: EntityV3Service) -> UpsertCatalogEntityRequest {
    request(EntityV3::EntityV3Service(Box::new(service)))
}

pub async fn upsert(
    client: &Client,
    entity: EntityV3,
) -> Result<UpsertCatalogEntityResponse, Failure> {
    done(client.catalog.upsert_catalog_entity(request(entity)).await)
}

/// The entity of a service that is made.
pub async fn create(client: &Client, service: EntityV3Service) -> Result<EntityData, Failure> {
    only(upsert(client, EntityV3::EntityV3Service(Box::new(service))).await?.data)
}

pub fn filters() -> ListCatalogEntityOptionalParams {
    ListCatalogEntityOptionalParams::default()
}

pub fn names(entities: &[EntityData]) -> Vec<String> {
    entities.iter().filter_map(|entity| get!(entity, attributes, name).ok()).collect()
}

pub async fn names_by(
    client: &Client,
    filters: ListCatalogEntityOptionalParams,
) -> Result<Vec<String>, Failure> {
    let listed = done(client.catalog.list_catalog_entity(filters).await)?;
    Ok(names(&listed.data.ok_or("data of the answer")?))
}

fn full_service(name: &str) -> EntityV3Service {
    let link = EntityV3MetadataLinksItems::new(
        "Runbook".to_string(),
        "runbook".to_string(),
        "https://runbook.example/cart".to_string(),
    );
    let contact =
        EntityV3MetadataContactsItems::new("cart@example.com".to_string(), "email".to_string());
    let owner = EntityV3MetadataAdditionalOwnersItems::new("team-ops".to_string());
    let metadata = metadata(name)
        .display_name("Shopping cart".to_string())
        .description("Keeps <what> is bought".to_string())
        .owner("team-cart".to_string())
        .tags(vec!["tag:value".to_string()])
        .links(vec![link])
        .contacts(vec![contact.name("Support".to_string())])
        .additional_owners(vec![owner.type_("operator".to_string())]);
    let spec = depends_on("service:payment")
        .lifecycle("production".to_string())
        .tier("1".to_string())
        .type_("web".to_string())
        .languages(vec!["rust".to_string()]);
    service(metadata).spec(spec)
}

/// The definition that an upsert's answer includes.
fn schema_of(answer: UpsertCatalogEntityResponse) -> Result<EntityV3, Failure> {
    match only(answer.included)? {
        UpsertCatalogEntityResponseIncludedItem::EntityResponseIncludedSchema(item) => {
            Ok(get!(item, attributes, schema)?)
        }
        other => Err(format!("wanted a schema, got {other:?}").into()),
    }
}

async fn upserted(client: &Client) -> Checked {
    let sent = full_service("cart");
    let answer = upsert(client, EntityV3::EntityV3Service(Box::new(sent.clone()))).await?;
    expect_equal(get!(answer, meta, count)?, 1, "meta.count")?;
    expect_equal(get!(answer, meta, include_count)?, 1, "meta.includeCount")?;
    let got = only(answer.data.clone())?;
    expect_equal(get!(got, type_)?, "entity", "type")?;
    let attributes = EntityAttributes::new()
        .api_version("v3".to_string())
        .kind("service".to_string())
        .namespace("default".to_string())
        .name("cart".to_string())
        .display_name("Shopping cart".to_string())
        .description("Keeps <what> is bought".to_string())
        .owner("team-cart".to_string())
        .tags(vec!["tag:value".to_string()]);
    expect_equal(got.attributes.as_ref(), Some(&attributes), "attributes")?;
    expect_equal(get!(got, meta, ingestion_source)?, "api", "meta.ingestionSource")?;
    expect_recent_text(&get!(got, meta, created_at)?, "meta.createdAt")?;
    expect_recent_text(&get!(got, meta, modified_at)?, "meta.modifiedAt")?;
    expect_equal(get!(got, relationships, schema, data, id)?, get!(got, id)?, "schema's id")?;
    let EntityV3::EntityV3Service(schema) = schema_of(answer)? else {
        return Err("the schema of a service".into());
    };
    expect_equal(schema.metadata.namespace.as_deref(), Some("default"), "namespace")?;
    expect_equal(schema.metadata.links, sent.metadata.links, "schema's links")?;
    expect_equal(schema.metadata.contacts, sent.metadata.contacts, "schema's contacts")?;
    let owners = schema.metadata.additional_owners;
    expect_equal(owners, sent.metadata.additional_owners, "schema's additional owners")?;
    expect_equal(schema.spec, sent.spec, "schema's spec")
}

async fn replaced(client: &Client) -> Checked {
    let first = create(client, full_service("again")).await?;
    let second = create(client, service(metadata("again"))).await?;
    expect_equal(get!(second, id)?, get!(first, id)?, "id")?;
    expect_equal(get!(second, attributes)?.owner, None, "owner is cleared")
}

async fn text_is_read(client: &Client) -> Checked {
    let text = "apiVersion: v3\nkind: queue\nmetadata:\n  name: text\n  owner: team-text\n";
    let sent = UpsertCatalogEntityRequest::EntityRaw(text.to_string());
    let answer = done(client.catalog.upsert_catalog_entity(sent).await)?;
    let EntityV3::EntityV3Queue(queue) = schema_of(answer)? else {
        return Err("the schema of a queue".into());
    };
    expect_equal(queue.metadata.name, "text", "name")?;
    expect_equal(queue.metadata.owner.as_deref(), Some("team-text"), "owner")
}

async fn nameless(client: &Client) -> Checked {
    let sent = request_of(service(metadata("")));
    let result = client.catalog.upsert_catalog_entity(sent).await;
    expect_refused(result, 400, "Bad Request", "attribute \"metadata.name\" is required")
}

async fn forbidden(client: &Client) -> Checked {
    let reader = Client::reader().catalog;
    let sent = request_of(service(metadata("forbidden")));
    let scope = "apm_service_catalog_write";
    expect_lacks(reader.upsert_catalog_entity(sent).await, scope)?;
    expect_lacks(reader.delete_catalog_entity("service:forbidden".to_string()).await, scope)?;
    let filter = filters().filter_name("forbidden".to_string());
    expect_equal(names_by(client, filter).await?.len(), 0, "entities")
}

async fn filtered(client: &Client) -> Checked {
    let metadata = metadata("filtered").namespace("shop".to_string());
    let metadata = metadata.owner("team-filtered".to_string());
    let made = create(client, service(metadata).spec(depends_on("service:shop/other"))).await?;
    let by_name = || filters().filter_name("filtered".to_string());
    let by_owner = || filters().filter_owner("team-filtered".to_string());
    for filter in [
        filters().filter_id(get!(made, id)?),
        filters().filter_ref("service:shop/filtered".to_string()),
        by_name(),
        by_name().filter_kind("service".to_string()),
        by_owner(),
        by_owner().filter_relation_type(RelationType::RELATIONTYPEDEPENDSON),
        by_name().include_discovered(true),
    ] {
        expect_equal(names_by(client, filter).await?, ["filtered"], "entities")?;
    }
    let unknown = filters().filter_ref("service:nobody".to_string());
    expect_equal(names_by(client, unknown).await?.len(), 0, "entities of an unknown reference")
}

async fn include(client: &Client, kind: IncludeType) -> Result<Included, Failure> {
    let filter = filters().filter_ref("service:including".to_string()).include(kind);
    only(done(client.catalog.list_catalog_entity(filter).await)?.included)
}

async fn included(client: &Client) -> Checked {
    let spec = depends_on("service:included");
    create(client, service(metadata("including")).spec(spec.clone())).await?;
    create(client, service(metadata("included"))).await?;
    match include(client, IncludeType::SCHEMA).await? {
        Included::EntityResponseIncludedSchema(item) => match get!(item, attributes, schema)? {
            EntityV3::EntityV3Service(schema) => expect_equal(schema.spec, Some(spec), "spec")?,
            other => return Err(format!("wanted a service, got {other:?}").into()),
        },
        other => return Err(format!("wanted a schema, got {other:?}").into()),
    }
    match include(client, IncludeType::RAW_SCHEMA).await? {
        // Base64 of a JSON object begins so.
        Included::EntityResponseIncludedRawSchema(item) => {
            expect(get!(item, attributes, raw_schema)?.starts_with("ey"), "the text in base64")?
        }
        other => return Err(format!("wanted a text, got {other:?}").into()),
    }
    match include(client, IncludeType::RELATION).await? {
        Included::EntityResponseIncludedRelatedEntity(item) => {
            let relation = get!(item, attributes, type_)?;
            expect_equal(relation, "RelationTypeDependsOn", "type of the relation")?;
            expect_equal(get!(item, attributes, name)?, "included", "name of the related entity")
        }
        other => Err(format!("wanted a related entity, got {other:?}").into()),
    }
}

async fn links(client: &Client) -> Checked {
    for name in ["link-a", "link-b", "link-c"] {
        create(client, service(metadata(name).owner("team-links".to_string()))).await?;
    }
    let filter = filters().filter_owner("team-links".to_string());
    let page = filter.page_limit(1).page_offset(1);
    let links = done(client.catalog.list_catalog_entity(page).await)?.links.ok_or("links")?;
    let in_order = [links.previous, links.self_, links.next];
    for (offset, link) in in_order.into_iter().enumerate() {
        let end = format!("page%5Blimit%5D=1&page%5Boffset%5D={offset}");
        expect(link.ok_or("a link")?.ends_with(&end), &format!("a link that ends with {end}"))?;
    }
    Ok(())
}

/// The client has no way to give this request a body.
async fn previewed(client: &Client) -> Checked {
    let answer = done(client.catalog.preview_catalog_entities().await)?;
    expect_equal(answer.data.len(), 0, "number of entities")
}

async fn deleted(client: &Client) -> Checked {
    let made = create(client, service(metadata("deleted"))).await?;
    create(client, service(metadata("deleted-too").namespace("shop".to_string()))).await?;
    done(client.catalog.delete_catalog_entity(get!(made, id)?).await)?;
    let other = "service:shop/deleted-too";
    done(client.catalog.delete_catalog_entity(other.to_string()).await)?;
    for reference in ["service:deleted", other] {
        let filter = filters().filter_ref(reference.to_string());
        expect_equal(names_by(client, filter).await?.len(), 0, reference)?;
        let result = client.catalog.delete_catalog_entity(reference.to_string()).await;
        expect_refused(result, 404, "Not Found", &format!("entity not found: {reference}"))?;
    }
    Ok(())
}

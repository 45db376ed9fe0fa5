//! Kinds and relations of the software catalog.

use conformance::{
    collect, done, expect, expect_all_once, expect_equal, expect_recent, expect_recent_text,
    expect_refused, get, only, Checked, Client, Failure, Suite,
};
use datadog_api_client::datadogV2::api_software_catalog::{
    ListCatalogKindOptionalParams, ListCatalogRelationOptionalParams,
};
use datadog_api_client::datadogV2::model::{
    KindAttributes, KindData, KindObj, RelationIncludeType, RelationResponseType, RelationType,
    UpsertCatalogKindRequest,
};

use crate::entities::{self, create, depends_on, metadata, service};

pub async fn run(suite: &mut Suite, client: &Client) {
    let upsert = "UpsertCatalogKind";
    let sentence = "a kind comes back typed, and is replaced as a whole";
    suite.check(upsert, sentence, upserted(client)).await;
    let sentence = "a kind that is not kebab-case raises with status 400";
    suite.check(upsert, sentence, malformed(client)).await;
    let list = "ListCatalogKind";
    suite.check(list, "kinds are found by id and name", filtered(client)).await;
    let sentence = "all kinds come once each with a page limit of 1";
    suite.check(list, sentence, paged(client)).await;
    suite.check("DeleteCatalogKind", "a deleted kind is gone", deleted(client)).await;
    let sentence = "relations are found from both ends, with their entities";
    suite.check("ListCatalogRelation", sentence, relations(client)).await;
}

fn request(kind: KindObj) -> UpsertCatalogKindRequest {
    UpsertCatalogKindRequest::KindObj(Box::new(kind))
}

fn kind(name: &str) -> KindObj {
    KindObj::new(name.to_string())
}

async fn upsert(client: &Client, kind: KindObj) -> Result<KindData, Failure> {
    let answer = done(client.catalog.upsert_catalog_kind(request(kind)).await)?;
    expect_equal(get!(answer, meta, count)?, 1, "meta.count")?;
    only(answer.data)
}

fn filters() -> ListCatalogKindOptionalParams {
    ListCatalogKindOptionalParams::default()
}

fn ids(kinds: Vec<KindData>) -> Vec<String> {
    kinds.into_iter().filter_map(|kind| kind.id).collect()
}

async fn upserted(client: &Client) -> Checked {
    let sent = kind("night-job")
        .display_name("Night job".to_string())
        .description("Runs at <night>".to_string());
    let got = upsert(client, sent).await?;
    expect_equal(get!(got, type_)?, "kind", "type")?;
    let attributes = KindAttributes::new()
        .name("night-job".to_string())
        .display_name("Night job".to_string())
        .description("Runs at <night>".to_string());
    expect_equal(get!(got, attributes)?, attributes, "attributes")?;
    expect_recent_text(&get!(got, meta, created_at)?, "meta.createdAt")?;
    expect_recent_text(&get!(got, meta, modified_at)?, "meta.modifiedAt")?;
    let replaced = upsert(client, kind("night-job")).await?;
    expect_equal(get!(replaced, id)?, get!(got, id)?, "id after another upsert")?;
    expect_equal(get!(replaced, attributes)?.description, None, "description is cleared")
}

async fn malformed(client: &Client) -> Checked {
    let result = client.catalog.upsert_catalog_kind(request(kind("Night Job"))).await;
    let detail = "attribute \"kind\" must be of the form \"kebab-case\"";
    expect_refused(result, 400, "Bad Request", detail)
}

async fn filtered(client: &Client) -> Checked {
    let id = get!(upsert(client, kind("listed-kind")).await?, id)?;
    for filter in [filters().filter_id(id), filters().filter_name("listed-kind".to_string())] {
        let listed = done(client.catalog.list_catalog_kind(filter).await)?;
        expect_equal(get!(listed, meta, count)?, 1, "meta.count")?;
        expect_equal(get!(only(listed.data)?, attributes, name)?, "listed-kind", "name")?;
    }
    let unknown = filters().filter_name("nothing".to_string());
    let listed = done(client.catalog.list_catalog_kind(unknown).await)?;
    expect_equal(listed.data.ok_or("data")?.len(), 0, "kinds of an unknown name")
}

async fn paged(client: &Client) -> Checked {
    for name in ["paged-a", "paged-b", "paged-c"] {
        upsert(client, kind(name)).await?;
    }
    let listed = done(client.catalog.list_catalog_kind(filters()).await)?;
    let wanted = ids(listed.data.ok_or("data")?);
    expect(wanted.len() > 2, "three kinds at least")?;
    let page = filters().page_limit(1);
    let got = collect(client.catalog.list_catalog_kind_with_pagination(page)).await?;
    expect_all_once(ids(got), &wanted, "kinds")
}

async fn deleted(client: &Client) -> Checked {
    let id = get!(upsert(client, kind("deleted-kind")).await?, id)?;
    done(client.catalog.delete_catalog_kind(id.clone()).await)?;
    let filter = filters().filter_name("deleted-kind".to_string());
    let listed = done(client.catalog.list_catalog_kind(filter).await)?;
    expect_equal(listed.data.ok_or("data")?.len(), 0, "kinds")?;
    let result = client.catalog.delete_catalog_kind(id).await;
    expect_refused(result, 404, "Not Found", "kind not found: deleted-kind")
}

async fn relations(client: &Client) -> Checked {
    let user = service(metadata("user")).spec(depends_on("service:used"));
    let user_id = get!(create(client, user).await?, id)?;
    let used_id = get!(create(client, service(metadata("used"))).await?, id)?;
    let type_ = RelationType::RELATIONTYPEDEPENDSON;
    expect_relation(client, type_, "user", ("used", &used_id)).await?;
    let type_ = RelationType::RELATIONTYPEDEPENDENCYOF;
    expect_relation(client, type_, "used", ("user", &user_id)).await
}

async fn expect_relation(
    client: &Client,
    type_: RelationType,
    from: &str,
    (to, to_id): (&str, &str),
) -> Checked {
    let filters = ListCatalogRelationOptionalParams::default()
        .filter_type(type_.clone())
        .filter_from_ref(format!("service:{from}"))
        .filter_to_ref(format!("service:default/{to}"))
        .include(RelationIncludeType::ENTITY);
    let listed = done(client.catalog.list_catalog_relation(filters).await)?;
    expect_equal(get!(listed, meta, count)?, 1, "meta.count")?;
    let got = only(listed.data)?;
    let name = type_.to_string();
    let wanted = format!("service:default/{from}:{name}:service:default/{to}");
    expect_equal(get!(got, id)?, wanted, "id")?;
    expect_equal(get!(got, type_)?, RelationResponseType::RELATION, "type")?;
    expect_equal(get!(got, attributes, type_)?, type_, "attributes.type")?;
    expect_equal(get!(got, attributes, from, name)?, from, "attributes.from.name")?;
    expect_equal(get!(got, attributes, to, namespace)?, "default", "attributes.to.namespace")?;
    expect_equal(get!(got, attributes, to, kind)?, "service", "attributes.to.kind")?;
    expect_equal(get!(got, meta, source)?, "schema", "meta.source")?;
    expect_equal(get!(got, meta, defined_by)?, "service:default/user", "meta.definedBy")?;
    expect_recent(get!(got, meta, created_at)?, "meta.createdAt")?;
    expect_equal(get!(got, relationships, to_entity, data, id)?, to_id, "toEntity")?;
    let included = entities::names(&listed.included.ok_or("included")?);
    expect_all_once(included, &["used".to_string(), "user".to_string()], "included entities")
}

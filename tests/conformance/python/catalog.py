"""Entities, kinds and relations of the software catalog through the official Python client."""

import os

from datadog_api_client import ApiClient
from datadog_api_client.exceptions import NotFoundException
from datadog_api_client.v2.api.software_catalog_api import SoftwareCatalogApi
from datadog_api_client.v2.model.include_type import IncludeType
from datadog_api_client.v2.model.kind_obj import KindObj
from datadog_api_client.v2.model.relation_include_type import RelationIncludeType
from datadog_api_client.v2.model.relation_type import RelationType

from catalog_support import CATALOG, LIST_SIZES, expect_all_once, service, upsert
from support import (
    check,
    expect,
    expect_equal,
    expect_forbidden,
    expect_parsed,
    expect_refused,
    make_configuration,
)


@check("UpsertCatalogEntity", "an entity comes back typed, with its schema")
def entity_is_upserted():
    answer = upsert(
        "python-cart",
        display_name="Cart",
        owner="python-team",
        description="Keeps <what> is bought",
        tags=["env:prod", "lang:py"],
        spec={"lifecycle": "production", "tier": "1", "languages": ["python"]},
    )
    expect_parsed(answer)
    [item] = answer.data
    got = item.attributes
    expect_equal(
        (item.type, got.kind, got.namespace, got.name, got.api_version),
        ("entity", "service", "default", "python-cart", "v3"),
        "identity",
    )
    expect_equal(
        (got.display_name, got.owner, got.description, got.tags),
        ("Cart", "python-team", "Keeps <what> is bought", ["env:prod", "lang:py"]),
        "attributes",
    )
    expect_equal(item.meta.ingestion_source, "api", "ingestionSource")
    expect_equal((answer.meta.count, answer.meta.include_count), (1, 1), "meta")
    schema = answer.included[0].attributes.schema
    expect_equal((schema.metadata.name, schema.spec.tier), ("python-cart", "1"), "included schema")


@check("UpsertCatalogEntity", "an entity keeps its id and is replaced as a whole")
def entity_is_replaced():
    first = upsert("python-again", owner="python-team").data[0]
    second = upsert("python-again").data[0]
    expect_equal(second.id, first.id, "id")
    expect("owner" not in second.attributes, "owner is cleared")


@check("UpsertCatalogEntity", "text in YAML is read")
def entity_by_text():
    text = "apiVersion: v3\nkind: datastore\nmetadata:\n  name: python-db\n  namespace: prod\n"
    [item] = CATALOG.upsert_catalog_entity(text).data
    expect_equal((item.attributes.kind, item.attributes.namespace), ("datastore", "prod"), "entity")


@check("UpsertCatalogEntity", "an unusable definition raises with status 400")
def entity_is_refused():
    expect_refused(
        400,
        lambda: CATALOG.upsert_catalog_entity('{"apiVersion":"v3","kind":"service","metadata":{}}'),
        title="Bad Request",
        detail='attribute "metadata.name" is required',
    )


@check("UpsertCatalogEntity", "a key without the write scope raises ForbiddenException")
def reader_does_not_write():
    configuration = make_configuration(appKeyAuth=os.environ["READ_ONLY_APP_KEY"])
    with ApiClient(configuration) as client:
        reader = SoftwareCatalogApi(client)
        expect_forbidden(lambda: reader.upsert_catalog_entity(service("python-reader")))
        expect_forbidden(lambda: reader.delete_catalog_entity("service:python-reader"))
        expect_parsed(reader.list_catalog_entity())


@check("ListCatalogEntity", "entities are found by every filter")
def entities_are_filtered():
    upsert("python-queue-user", owner="python-filter", spec={"depends_on": ["queue:python-q"]})
    wanted = upsert("python-filtered", owner="python-filter", namespace="python").data[0].id
    for filters in (
        {"filter_id": wanted},
        {"filter_ref": "service:python/python-filtered"},
        {"filter_name": "python-filtered"},
        {"filter_kind": "service", "filter_name": "python-filtered"},
        {"filter_owner": "python-filter", "filter_name": "python-filtered"},
        {"filter_name": "python-filtered", "include_discovered": True},
    ):
        listed = CATALOG.list_catalog_entity(**filters)
        expect_parsed(listed)
        expect_equal([item.id for item in listed.data], [wanted], f"entities by {filters}")
    related = CATALOG.list_catalog_entity(
        filter_owner="python-filter", filter_relation_type=RelationType.RELATIONTYPEDEPENDSON
    )
    names = [item.attributes.name for item in related.data]
    expect_equal(names, ["python-queue-user"], "entities by relation")
    unknown = CATALOG.list_catalog_entity(filter_ref="service:python-nothing")
    expect_equal(unknown.data, [], "unknown reference")


@check("ListCatalogEntity", "schemas, texts and related entities are included typed")
def entities_include():
    upsert("python-included", spec={"depends_on": ["service:python-included-too"]})
    upsert("python-included-too")
    for include, kind in (
        (IncludeType.SCHEMA, "schema"),
        (IncludeType.RAW_SCHEMA, "rawSchema"),
        (IncludeType.RELATION, "relatedEntity"),
    ):
        listed = CATALOG.list_catalog_entity(filter_ref="service:python-included", include=include)
        expect_parsed(listed)
        expect_equal([str(item.type) for item in listed.included], [kind], f"included {include}")


@check("ListCatalogEntity", "links lead to the page itself and those around")
def links_of_entities():
    for name in ("python-link-a", "python-link-b", "python-link-c"):
        upsert(name, owner="python-links")
    page = CATALOG.list_catalog_entity(filter_owner="python-links", page_limit=1, page_offset=1)
    expect_parsed(page)
    for link, offset in ((page.links.self, 1), (page.links.next, 2), (page.links.previous, 0)):
        expect(link.endswith(f"page%5Blimit%5D=1&page%5Boffset%5D={offset}"), f"link {link}")


@check("PreviewCatalogEntities", "without a definition an empty list is previewed")
def preview():
    answer = CATALOG.preview_catalog_entities()
    expect_parsed(answer)
    expect_equal(answer.data, [], "data")


@check("DeleteCatalogEntity", "an entity is deleted by reference and by id")
def entity_is_deleted():
    by_id = upsert("python-deleted").data[0].id
    upsert("python-deleted-too", namespace="python")
    for name in (by_id, "service:python/python-deleted-too"):
        expect_equal(CATALOG.delete_catalog_entity(name), None, "answer")
    for name in ("service:python-deleted", "service:python/python-deleted-too"):
        expect_equal(CATALOG.list_catalog_entity(filter_ref=name).data, [], name)
        error = expect_refused(404, lambda name=name: CATALOG.delete_catalog_entity(name))
        expect(isinstance(error, NotFoundException), "NotFoundException")


@check("UpsertCatalogKind", "a kind comes back typed, and is replaced as a whole")
def kind_is_upserted():
    answer = CATALOG.upsert_catalog_kind(
        KindObj(kind="python-job", display_name="Job", description="Runs at <night>")
    )
    expect_parsed(answer)
    [item] = answer.data
    got = item.attributes
    expect_equal(
        (got.name, got.display_name, got.description),
        ("python-job", "Job", "Runs at <night>"),
        "attributes",
    )
    again = CATALOG.upsert_catalog_kind(KindObj(kind="python-job")).data[0]
    expect_equal(again.id, item.id, "id")
    expect("description" not in again.attributes, "description is cleared")


@check("UpsertCatalogKind", "a kind that is not kebab-case raises with status 400")
def kind_is_refused():
    expect_refused(400, lambda: CATALOG.upsert_catalog_kind(KindObj(kind="Not Kebab")))


@check("ListCatalogKind", "kinds are found by id and name")
def kinds_are_listed():
    wanted = CATALOG.upsert_catalog_kind(KindObj(kind="python-listed")).data[0].id
    for filters in ({"filter_id": wanted}, {"filter_name": "python-listed"}):
        listed = CATALOG.list_catalog_kind(**filters)
        expect_parsed(listed)
        expect_equal([item.id for item in listed.data], [wanted], f"kinds by {filters}")
        expect_equal(listed.meta.count, 1, "count")


@check("DeleteCatalogKind", "a deleted kind is gone")
def kind_is_deleted():
    kind_id = CATALOG.upsert_catalog_kind(KindObj(kind="python-gone")).data[0].id
    expect_equal(CATALOG.delete_catalog_kind(kind_id), None, "answer")
    expect_equal(CATALOG.list_catalog_kind(filter_name="python-gone").data, [], "kinds")
    error = expect_refused(404, lambda: CATALOG.delete_catalog_kind(kind_id), title="Not Found")
    expect(isinstance(error, NotFoundException), "NotFoundException")


@check("ListCatalogRelation", "relations are found from both ends, with their entities")
def relations_are_listed():
    upsert("python-user", spec={"depends_on": ["service:python-used"]})
    upsert("python-used")
    for kind, origin, target in (
        (RelationType.RELATIONTYPEDEPENDSON, "python-user", "python-used"),
        (RelationType.RELATIONTYPEDEPENDENCYOF, "python-used", "python-user"),
    ):
        listed = CATALOG.list_catalog_relation(
            filter_type=kind,
            filter_from_ref=f"service:{origin}",
            filter_to_ref=f"service:default/{target}",
            include=RelationIncludeType.ENTITY,
        )
        expect_parsed(listed)
        [item] = listed.data
        wanted = f"service:default/{origin}:{kind}:service:default/{target}"
        expect_equal((item.id, str(item.type)), (wanted, "relation"), "relation")
        ends = (item.attributes._from.name, item.attributes.to.name)
        expect_equal(ends, (origin, target), "ends")
        expect_equal(item.meta.defined_by, "service:default/python-user", "definedBy")
        names = {entity.attributes.name for entity in listed.included}
        expect_equal(names, {"python-user", "python-used"}, "included entities")


def paging(size):
    owner = f"python-paging-{size}"
    names = [f"{owner}-{i}" for i in range(size)]

    @check("ListCatalogEntity", f"{size} items come once each with an unset page limit")
    def entities():
        for name in names:
            upsert(name, owner=owner, spec={"depends_on": [f"service:{owner}"]})
        items = list(CATALOG.list_catalog_entity_with_pagination(filter_owner=owner))
        expect_all_once([item.attributes.name for item in items], names, "entities")

    @check("ListCatalogRelation", f"{size} items come once each with a page limit of 10")
    def relations():
        items = list(
            CATALOG.list_catalog_relation_with_pagination(
                filter_to_ref=f"service:{owner}", page_limit=10
            )
        )
        expect_all_once([item.attributes._from.name for item in items], names, "relations")


for list_size in LIST_SIZES:
    paging(list_size)


@check("ListCatalogKind", "all kinds come once each with a page limit of 1")
def paging_of_kinds():
    for i in range(3):
        CATALOG.upsert_catalog_kind(KindObj(kind=f"python-paged-{i}"))
    wanted = [item.id for item in CATALOG.list_catalog_kind(page_limit=1000).data]
    items = list(CATALOG.list_catalog_kind_with_pagination(page_limit=1))
    expect_all_once([item.id for item in items], wanted, "kinds")

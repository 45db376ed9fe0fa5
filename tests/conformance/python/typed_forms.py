"""Whole pages stay readable for the official Python client, whatever definitions others have sent:
the inputs of tests/api/cases."""

from pathlib import Path

from datadog_api_client.v2.api.service_definition_api import ServiceDefinitionApi
from datadog_api_client.v2.api.software_catalog_api import SoftwareCatalogApi
from datadog_api_client.v2.model.include_type import IncludeType
from datadog_api_client.v2.model.relation_include_type import RelationIncludeType
from datadog_api_client.v2.model.service_definition_schema_versions import (
    ServiceDefinitionSchemaVersions as Versions,
)

from support import CLIENT, check, expect, expect_equal, expect_parsed

CASES = Path(__file__).resolve().parents[2] / "api" / "cases"
DEFINITIONS = ServiceDefinitionApi(CLIENT)
CATALOG = SoftwareCatalogApi(CLIENT)
VERSIONS = (Versions.V1, Versions.V2, Versions.V2_1, Versions.V2_2)
SERVICES = {"nameless-link", "stock-keeper", "api-gateway", "integrations-2026", "iso-contact",
            "iso-integration", "iso-linktype", "iso-unknown-meta", "iso-unknown-top",
            "iso-unknown-spec", "portal-api"}


def case(number):
    [path] = CASES.glob(f"{number}-*")
    return path.read_text("utf-8")


def send_cases():
    for number in ("04", "08", "12"):
        expect_parsed(DEFINITIONS.create_or_update_service_definitions(case(number)))
    for number in ("15", "25"):
        expect_parsed(CATALOG.upsert_catalog_entity(case(number)))
    # A system of a domain, and a kind that the client has no model of.
    CATALOG.upsert_catalog_entity(case("49"))


@check("ListServiceDefinitions", "pages parse in every version, whatever was sent")
def pages_of_definitions_parse():
    send_cases()
    for version in (None, *VERSIONS):
        named = {} if version is None else {"schema_version": version}
        seen = set()
        for number in range(100):
            page = DEFINITIONS.list_service_definitions(page_size=100, page_number=number, **named)
            expect_parsed(page, f"page {number} in version {version}")
            for item in page.data:
                schema = item.attributes.schema
                seen.add(schema.info.dd_service if version == Versions.V1 else schema.dd_service)
            if len(page.data) < 100:
                break
        expect(SERVICES <= seen, f"version {version}: missing {SERVICES - seen}")


@check("GetServiceDefinition", "each definition parses in every version")
def definitions_parse():
    for name in sorted(SERVICES):
        for version in VERSIONS:
            answer = DEFINITIONS.get_service_definition(name, schema_version=version)
            expect_parsed(answer, f"{name} in version {version}")


@check("ListCatalogEntity", "pages parse with include=schema, whatever was sent")
def pages_of_entities_parse():
    seen = set()
    items = 0
    for offset in range(0, 100_000, 1000):
        page = CATALOG.list_catalog_entity(
            page_limit=1000, page_offset=offset, include=IncludeType.SCHEMA)
        expect_parsed(page, f"page at {offset}")
        items += len(page.data)
        seen |= {item.attributes.schema.metadata.name for item in page.get("included", [])}
        if len(page.data) < 1000:
            break
    expect(SERVICES | {"vets-portal"} <= seen, f"missing {SERVICES - seen}")
    expect(items > len(seen), "a kind without a model is listed, without its schema")


@check("ListCatalogEntity", "other kinds are there for who asks for them")
def other_kinds():
    page = CATALOG.list_catalog_entity(filter_kind="domain", include=IncludeType.SCHEMA)
    [included] = page.included
    expect_equal(included["attributes"]["schema"]["metadata"]["name"], "benefits", "name")


@check("ListCatalogRelation", "pages parse with included entities and schemas")
def pages_of_relations_parse():
    for include in (RelationIncludeType.ENTITY, RelationIncludeType.SCHEMA):
        page = CATALOG.list_catalog_relation(page_limit=1000, include=include)
        expect_parsed(page, str(include))
        expect(page.included, f"{include}: nothing is included")

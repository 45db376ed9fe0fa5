"""Service definitions through the official Python client."""

from datadog_api_client.exceptions import NotFoundException
from datadog_api_client.v2.api.service_definition_api import ServiceDefinitionApi
from datadog_api_client.v2.model.service_definition_schema_versions import (
    ServiceDefinitionSchemaVersions,
)
from datadog_api_client.v2.model.service_definition_v2_dot1 import ServiceDefinitionV2Dot1
from datadog_api_client.v2.model.service_definition_v2_dot2 import ServiceDefinitionV2Dot2
from datadog_api_client.v2.model.service_definition_v2_dot2_contact import (
    ServiceDefinitionV2Dot2Contact,
)
from datadog_api_client.v2.model.service_definition_v2_dot2_link import ServiceDefinitionV2Dot2Link
from datadog_api_client.v2.model.service_definition_v2_dot2_version import (
    ServiceDefinitionV2Dot2Version,
)

from support import CLIENT, check, expect, expect_equal, expect_parsed, expect_refused

DEFINITIONS = ServiceDefinitionApi(CLIENT)


def create(name, **others):
    return DEFINITIONS.create_or_update_service_definitions(
        ServiceDefinitionV2Dot2(
            schema_version=ServiceDefinitionV2Dot2Version.V2_2, dd_service=name, **others
        )
    )


def schema_of(item, model):
    """The schema of an item, which the client must have recognised as that model."""
    [schema] = item.attributes.schema._composed_instances
    expect(isinstance(schema, model), f"wanted {model.__name__}, got {type(schema).__name__}")
    return schema


@check("CreateOrUpdateServiceDefinitions", "a definition comes back typed")
def definition_is_created():
    answer = create(
        "python-definition",
        team="python-team",
        description="Keeps <it>",
        tier="high",
        lifecycle="production",
        type="web",
        languages=["python"],
        tags=["env:prod"],
        contacts=[ServiceDefinitionV2Dot2Contact(type="email", contact="team@example.com")],
        links=[
            ServiceDefinitionV2Dot2Link(name="Runbook", type="runbook", url="https://example.com/r")
        ],
    )
    expect_parsed(answer)
    [item] = answer.data
    expect_equal(item.type, "service-definition", "type")
    expect_equal(item.attributes.meta.ingestion_source, "api", "ingestion-source")
    schema = schema_of(item, ServiceDefinitionV2Dot2)
    expect_equal(
        (schema.dd_service, schema.team, schema.tier, schema.languages, schema.tags),
        ("python-definition", "python-team", "high", ["python"], ["env:prod"]),
        "schema",
    )
    expect_equal(schema.contacts[0].contact, "team@example.com", "contact")
    expect_equal(schema.links[0].url, "https://example.com/r", "link")


@check("CreateOrUpdateServiceDefinitions", "text in YAML is read")
def definition_by_text():
    text = "schema-version: v2.1\ndd-service: python-text\nteam: python-team\n"
    [item] = DEFINITIONS.create_or_update_service_definitions(text).data
    schema = schema_of(item, ServiceDefinitionV2Dot1)
    expect_equal((schema.dd_service, schema.team), ("python-text", "python-team"), "schema")


@check("CreateOrUpdateServiceDefinitions", "a definition without a name raises with status 400")
def definition_is_refused():
    expect_refused(
        400,
        lambda: DEFINITIONS.create_or_update_service_definitions('{"schema-version":"v2.2"}'),
        title="Bad Request",
        detail='attribute "dd-service" is required',
    )


@check("GetServiceDefinition", "a definition is read in the version asked for")
def definition_is_read():
    create("python-read", team="python-team")
    for version, model in (
        (ServiceDefinitionSchemaVersions.V2_1, ServiceDefinitionV2Dot1),
        (ServiceDefinitionSchemaVersions.V2_2, ServiceDefinitionV2Dot2),
    ):
        answer = DEFINITIONS.get_service_definition("python-read", schema_version=version)
        expect_parsed(answer)
        schema = schema_of(answer.data, model)
        expect_equal((schema.dd_service, schema.team), ("python-read", "python-team"), "schema")


@check("GetServiceDefinition", "an unknown service raises NotFoundException")
def unknown_definition_is_read():
    try:
        DEFINITIONS.get_service_definition("python-nothing")
    except NotFoundException as error:
        expect_equal(error.body, {"errors": ["Not Found"], "error_details": [{}]}, "document")
    else:
        raise AssertionError("wanted NotFoundException")


@check("DeleteServiceDefinition", "a deleted definition is gone")
def definition_is_deleted():
    create("python-group/part")
    expect_equal(DEFINITIONS.delete_service_definition("python-group/part"), None, "answer")
    for call in (DEFINITIONS.get_service_definition, DEFINITIONS.delete_service_definition):
        try:
            call("python-group/part")
        except NotFoundException as error:
            expect_equal(error.status, 404, "status")
        else:
            raise AssertionError("wanted NotFoundException")


@check("ListServiceDefinitions", "all definitions come once each through auto-paging")
def definitions_are_listed():
    names = [f"python-paged-{i}" for i in range(21)]
    for name in names:
        create(name)
    for sizes in ({}, {"page_size": 100}):
        items = list(
            DEFINITIONS.list_service_definitions_with_pagination(
                schema_version=ServiceDefinitionSchemaVersions.V2_2, **sizes
            )
        )
        for item in items:
            expect_parsed(item)
        listed = [item.attributes.schema.dd_service for item in items]
        expect_equal(len(listed), len(set(listed)), f"once each with {sizes}")
        expect(set(names) <= set(listed), f"all of them with {sizes}")


@check("ListServiceDefinitions", "pages are numbered from 0")
def pages_of_definitions():
    create("python-numbered-a")
    create("python-numbered-b")
    pages = [
        DEFINITIONS.list_service_definitions(page_size=1, page_number=number) for number in (0, 1)
    ]
    first, second = (page.data[0].attributes.schema.dd_service for page in pages)
    expect(first < second, f"{first} before {second}")

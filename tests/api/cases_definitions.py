"""Cases of definitions that are sent to the API: what is stored, and whether typed clients can read
what is answered."""

import base64
import json

from cases_support import (DEFINITIONS, ENTITIES, KINDS, RAW_DEFINITIONS, Org, error_of, path_of)

# The forms that the models of the official clients know.
LINK_TYPES = {"v2.1": {"doc", "repo", "runbook", "dashboard", "other"},
              "v2": {"doc", "wiki", "runbook", "url", "repo", "dashboard", "oncall", "code",
                     "link"}}
CONTACT_TYPES = {"email", "slack", "microsoft-teams"}
METADATA = {"name", "namespace", "displayName", "description", "owner", "additionalOwners", "tags",
            "links", "contacts", "inheritFrom"}
SERVICE_SPEC = {"lifecycle", "tier", "type", "languages", "dependsOn", "componentOf"}
TOP = {"apiVersion", "kind", "metadata", "spec", "integrations", "datadog", "extensions"}


def expect_readable(definition, version):
    """The faults of these definitions that a client of that version would stumble over."""
    for member in ("links", "repos", "docs", "external-resources"):
        for link in definition.get(member, []):
            assert link["name"] and link["url"], (version, link)
    for link in definition.get("links", []):
        assert link["type"] in LINK_TYPES.get(version, {link["type"]}), (version, link)
    if version in LINK_TYPES:
        for contact in definition.get("contacts", []):
            assert contact["type"] in CONTACT_TYPES, (version, contact)


def expect_readable_everywhere(org, name):
    for version in ("v1", "v2", "v2.1", "v2.2"):
        definition = org.definition(name, version)
        assert definition["schema-version"] == version, definition
        expect_readable(definition, version)


def expect_readable_schema(schema):
    assert set(schema) <= TOP, schema
    assert set(schema["metadata"]) <= METADATA, schema
    assert set(schema.get("spec", {})) <= SERVICE_SPEC, schema
    assert set(schema.get("integrations", {})) <= {"pagerduty", "opsgenie"}, schema
    for link in schema["metadata"].get("links", []):
        assert link["name"] and link["url"] and link["type"], link


def test_01_a_name_with_capitals(server):
    """Read by either spelling; another spelling makes no second service."""
    org = Org(server, "case-01")
    org.post(DEFINITIONS, "01")
    for name in ("checkout-api", "Checkout-API"):
        assert org.definition(name)["dd-service"] == "Checkout-API"
    again = org.post(DEFINITIONS, "01", replace=[("Checkout-API", "checkout-api"),
                                                 ("Web Shop", "Other")])
    assert len(again["data"]) == 1
    assert org.names() == ["service:default/Checkout-API"]
    for name in ("checkout-api", "Checkout-API"):
        assert org.definition(name)["team"] == "Other"
        for version in ("v2", "v2.1", "v2.2"):
            assert org.definition(name, version)["dd-service"] == "Checkout-API", version
        info = org.definition(name, "v1")["info"]
        assert info["dd-service"] == info["display-name"] == "Checkout-API", info
    metadata = org.schemas()["Checkout-API"]["metadata"]
    assert metadata["displayName"] == "Checkout-API", metadata
    [entity] = org.get(f"{ENTITIES}?filter[name]=checkout-api")["data"]
    assert entity["attributes"]["displayName"] == "Checkout-API", entity
    assert "checkout-api" in org.raw_schema("service:Checkout-API")


def test_03_tags_as_maps_are_refused(server):
    org = Org(server, "case-03")
    refused = org.post(DEFINITIONS, "03", 400)
    assert error_of(refused) == ('attribute "tags.0" must be a string', "/tags/0"), refused
    assert org.names() == []


def test_04_a_link_without_name_can_be_read(server):
    org = Org(server, "case-04")
    org.post(DEFINITIONS, "04")
    assert org.definition("nameless-link")["links"] == [
        {"type": "runbook", "url": "https://wiki.example.com/run",
         "name": "https://wiki.example.com/run"},
        {"name": "odd type", "type": "other", "url": "https://git.example.com/x"}]
    expect_readable_everywhere(org, "nameless-link")
    expect_readable_schema(org.schemas()["nameless-link"])
    assert "type: repository" in org.raw_schema("service:nameless-link")


def test_07_version_3_at_the_older_endpoint(server):
    detail, pointer = error_of(Org(server, "case-07").post(DEFINITIONS, "07", 400))
    assert pointer == "/schema-version"
    assert '"v2 v2.1 v2.2"' in detail and ENTITIES in detail, detail


def test_08_backstage_as_a_service_definition(server):
    """As recorded, with the repository's link."""
    org = Org(server, "case-08")
    [item] = org.post(DEFINITIONS, "08")["data"]
    assert item["attributes"]["meta"]["ingested-schema-version"] == "backstage.io/v1alpha1"
    assert item["attributes"]["schema"] == {
        "schema-version": "v2.1", "dd-service": "stock-keeper", "team": "web-shop",
        "description": "Counts what is on the shelf", "lifecycle": "production",
        "links": [{"name": "Admin", "type": "other", "url": "https://stock.example.com"},
                  {"name": "example-org/stock-keeper", "type": "repo", "provider": "GitHub",
                   "url": "https://github.com/example-org/stock-keeper"}],
        "tags": ["java", "example.com/cost-centre:42",
                 "github.com/project-slug:example-org/stock-keeper", "example.com/on-call:rota-7",
                 "namespace:default", "system:retail"]}
    raw = org.get(f"{RAW_DEFINITIONS}/stock-keeper")["data"]
    assert raw["type"] == "raw-service-definition", raw
    text = base64.b64decode(raw["attributes"]["raw-content"])
    assert text == b"---\n" + path_of("08").read_bytes(), text
    expect_readable_everywhere(org, "stock-keeper")


def test_10_many_documents_with_oddities(server):
    org = Org(server, "case-10")
    org.post(ENTITIES, "10", 202, content_type="application/yaml")
    assert org.names() == [f"service:default/agent-{name}" for name in ("cluster", "core", "trace")]
    core = org.definition("agent-core")
    assert (core["tier"], core["lifecycle"]) == ("0", "5 weeks"), core
    assert core["tags"] == ["nocolon", "language:go"], core
    assert core["extensions"]["releases"]["channels"] == [{"name": "stable", "bake": "24h"},
                                                          {"name": "edge", "bake": 0}], core


def test_12_members_of_v2_under_v2_2(server):
    org = Org(server, "case-12")
    org.post(DEFINITIONS, "12")
    definition = org.definition("api-gateway")
    assert definition["team"] == "équipe-accueil"
    assert definition["description"] == "Point d'entrée de l'API, côté bénévoles"
    url = "https://git.example.com/api-gateway"
    assert org.definition("api-gateway", "v2")["repos"] == [
        {"provider": "github", "url": url, "name": url}]
    expect_readable_everywhere(org, "api-gateway")
    expect_readable_schema(org.schemas()["api-gateway"])


def test_13_literal_undefined_is_text(server):
    org = Org(server, "case-13")
    org.post(ENTITIES, "13", 202)
    metadata = org.schemas()["undefined-fields"]["metadata"]
    assert metadata["description"] == "undefined"
    assert [link["url"] for link in metadata["links"]] == [
        "undefined", "https://git.example.comhttps://git.example.com/x"]


def test_14_odd_keys_come_back(server):
    org = Org(server, "case-14")
    org.post(ENTITIES, "14", 202)
    schema = org.schemas()["#team-tools"]
    assert schema["extensions"] == {"@org/attestations": {},
                                    "dotted.key/with slash": [1, None, True]}, schema
    assert "dependsOn" not in schema["spec"], schema
    answer = org.send("DELETE", f"{ENTITIES}/service:%23team-tools")
    assert answer.status == 204, answer
    assert org.names() == []


def test_15_integrations_that_the_clients_do_not_know(server):
    org = Org(server, "case-15")
    org.post(ENTITIES, "15", 202)
    expect_readable_everywhere(org, "integrations-2026")
    schema = org.schemas()["integrations-2026"]
    expect_readable_schema(schema)
    assert schema["spec"]["tier"] == "three"
    assert schema["datadog"]["performanceData"]["tags"] == ["service:integrations-2026"]
    assert "ws-AbC123" in org.raw_schema("service:integrations-2026")


def test_17_a_kind_as_yaml(server):
    org = Org(server, "case-17")
    for content_type in ("application/json", "application/yaml"):
        org.post(KINDS, "17", 202, content_type=content_type)
    [kind] = org.get(KINDS)["data"]
    assert kind["attributes"]["displayName"] == "Data pipeline", kind


def test_25_members_that_nobody_knows_spoil_no_page(server):
    org = Org(server, "case-25")
    org.post(ENTITIES, "25", 202)
    schemas = org.schemas()
    assert len(schemas) == 6, schemas
    for schema in schemas.values():
        expect_readable_schema(schema)
    assert schemas["iso-unknown-spec"]["spec"] == {"tier": "1"}
    sent = {"iso-unknown-meta": "labels: {a: b}", "iso-unknown-top": "futureField: 1",
            "iso-unknown-spec": "sla: gold", "iso-integration": "projectSlugs: [web]",
            "iso-contact": "google-chat", "iso-linktype": "type: ticket"}
    for name, text in sent.items():
        assert text in org.raw_schema(f"service:{name}")
        expect_readable_everywhere(org, name)


def test_26_deleting_what_is_not_there(server):
    org = Org(server, "case-26")
    answer = org.send("DELETE", f"{ENTITIES}/service:not-a-service")
    assert answer.status == 404 and answer.json["errors"][0]["title"] == "Not Found", answer
    assert org.get(f"{ENTITIES}?filter[ref]=service:not-a-service")["data"] == []


def test_28_schema_version_1(server):
    org = Org(server, "case-28")
    org.post(ENTITIES, "10", 202)
    assert org.definition("agent-core", "v1") == {
        "schema-version": "v1",
        "info": {"dd-service": "agent-core", "display-name": "agent-core", "service-tier": "0"},
        "org": {"team": "agents"},
        "contact": {"email": "core@example.com", "slack": "https://chat.example.com/c/core"},
        "tags": ["nocolon", "language:go"],
        "extensions": org.definition("agent-core")["extensions"]}


def test_54_optional_lists(server):
    org = Org(server, "case-54")
    org.post(DEFINITIONS, "54")
    definition = org.definition("fingerprints")
    assert definition["ci-pipeline-fingerprints"] == ["zYx", "aBc"], definition
    assert definition["languages"] == [], definition
    bare = {"schema-version": "v2.2", "dd-service": "bare", "team": "web-shop"}
    assert org.send("POST", DEFINITIONS, json.dumps(bare).encode()).status == 200
    assert org.definition("bare") == bare

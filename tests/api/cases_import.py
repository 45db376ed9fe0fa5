"""Cases of Backstage's files: the import, and the same files sent to the API."""

from cases_support import DEFINITIONS, ENTITIES, Org, error_of, imports, statuses


def test_30_anchors_and_merge_keys(server):
    org = Org(server, "case-30")
    code, report = org.run_import("30")
    assert code == 0 and statuses(report) == ["imported", "imported"], report
    schemas = org.schemas()
    assert sorted(schemas) == ["anchor-one", "anchor-two"], schemas
    two = schemas["anchor-two"]
    assert two["metadata"]["owner"] == "web-shop", two  # what is said explicitly wins
    assert two["spec"]["lifecycle"] == "experimental", two
    assert sorted(two["metadata"]["tags"]) == ["example.com/dashboard:board-2",
                                               "example.com/log:log-2"], two
    Org(server, "case-30-api").post(ENTITIES, "30", 202)


def test_32_byte_order_mark_and_line_ends(server):
    org, _ = imports(server, "32")
    assert org.schemas()["bom-crlf"]["metadata"]["description"] == "Grüße aus Köln"
    Org(server, "case-32-api").post(ENTITIES, "32", 202)


def test_33_utf_16(server):
    _, document = imports(server, "33", "failed")
    assert "UTF-16" in document["problem"] and "UTF-8" in document["problem"], document
    detail, _ = error_of(Org(server, "case-33-api").post(ENTITIES, "33", 400))
    assert "UTF-16" in detail and "UTF-8" in detail, detail


def test_34_tabs(server):
    _, document = imports(server, "34", "failed")
    assert document["problem"].startswith("malformed YAML at line "), document
    detail, _ = error_of(Org(server, "case-34-api").post(ENTITIES, "34", 400))
    assert detail == document["problem"], detail


def test_35_empty_documents(server):
    org, document = imports(server, "35")
    assert document["line"] == 5, document
    assert org.names() == ["service:default/after-empties"]


def test_37_owners(server):
    org = Org(server, "case-37")
    code, report = org.run_import("37")
    assert code == 1 and statuses(report) == ["failed", "imported", "imported"], report
    of_object, of_user, of_namespace = report["documents"]
    assert of_object["problem"] == 'attribute "spec.owner" must be a string', of_object
    assert of_user["remarks"] == [
        {"place": "spec.owner", "text": "a user, taken for a team"}], of_user
    assert of_namespace["remarks"] == [], of_namespace
    owners = {name: schema["metadata"]["owner"] for name, schema in org.schemas().items()}
    assert owners == {"owner-user": "team:development/guest",
                      "owner-ns": "team:backoffice/maintainers"}, owners


def test_38_members_that_are_there_but_empty(server):
    org, document = imports(server, "38")
    assert document["remarks"] == [], document
    assert org.schemas()["null-fields"] == {
        "apiVersion": "v3", "kind": "service",
        "metadata": {"name": "null-fields", "namespace": "default", "owner": "web-shop"}}


def test_39_annotations_as_a_list(server):
    _, document = imports(server, "39", "failed")
    assert document["problem"] == 'attribute "metadata.annotations" must be an object', document


def test_41_tags_that_backstage_refuses(server):
    """They are kept as they are: what reads as a number or a boolean is its text."""
    org, _ = imports(server, "41")
    schemas = org.schemas("&filter[kind]=library")
    assert schemas["tag-forms"]["metadata"]["tags"] == [
        "OSS", "sécurité", "open source", "node.js", "c#", "2026", "true", "key:value"], schemas


def test_42_names_that_backstage_refuses(server):
    """They are kept as they are; 12345 is text."""
    org = Org(server, "case-42")
    code, report = org.run_import("42")
    assert code == 0 and statuses(report) == ["imported"] * 4, report
    assert org.names() == [
        "library:default/@example/checkout", "service:default/12345",
        "service:default/a-name-that-is-much-longer-than-the-sixty-three-characters-which-are-"
        "allowed-there", "service:default/сервис"], org.names()


def test_45_a_template_that_was_not_rendered(server):
    org, document = imports(server, "45", "failed")
    wanted = 'attribute "metadata.name" must not contain "${{": the text is a template that was ' \
             "not rendered"
    assert document["problem"].startswith(wanted), document
    for target in (ENTITIES, DEFINITIONS):
        refused = org.post(target, "45", 400)
        assert error_of(refused) == (wanted, "/metadata/name"), refused
    assert org.names() == []


def test_46_a_file_with_definitions_inside(server):
    """A text that looks like a document inside of one is none."""
    org = Org(server, "case-46")
    code, report = org.run_import("46")
    assert code == 0 and statuses(report) == ["imported"] * 26, report
    assert len(org.names()) == 26, org.names()
    schemas = org.schemas("&filter[kind]=ci-pipeline")
    kept = schemas["pipeline-0"]["extensions"]["backstage.io"]["spec"]["implementation"]
    assert kept["kind"] == "Pipeline", kept
    assert kept["metadata"]["name"] == "nested name with spaces / branch=0", kept


def test_47_what_has_no_place_is_skipped(server):
    org = Org(server, "case-47")
    code, report = org.run_import("47")
    assert code == 0, report
    assert statuses(report) == ["skipped"] * 4 + ["imported"], report
    assert [document["problem"] for document in report["documents"][:4]] == [
        "the catalog has no place for a Location: import the files that it names",
        "the catalog has no place for a User",
        "the catalog has no place for a Template of scaffolder.backstage.io/v1beta3",
        "the catalog has no place for a Widget of example.com/v1"], report
    assert org.names() == ["service:default/old-version"]
    # Over the API: the rest is stored, and the answer names what was skipped.
    for number, (target, status) in enumerate(((ENTITIES, 202), (DEFINITIONS, 200))):
        other = Org(server, f"case-47-api-{number}")
        answer = other.post(target, "47", status)
        assert len(answer["data"]) == 1, answer
        assert [text.partition(" is skipped")[0] for text in answer["meta"]["warnings"]] == [
            "document 1 (Location default/everything)", "document 2 (User default/jane.roe)",
            "document 3 (Template default/new-service)", "document 4 (Widget default/w-1)"], answer
        assert other.names() == ["service:default/old-version"]


def test_49_systems_and_domains(server):
    org = Org(server, "case-49")
    code, report = org.run_import("49")
    assert code == 0 and statuses(report) == ["imported"] * 3, report
    schemas = org.schemas()
    portal = schemas["vets-portal"]
    # A typed client knows no componentOf of a system; the relation is there all the same.
    assert "componentOf" not in portal.get("spec", {}), portal
    relations = org.get("/api/v2/catalog/relation?filter[from_ref]=system:vets-portal")["data"]
    assert ("RelationTypePartsOf", "domain", "benefits") in {
        (r["attributes"]["type"], r["attributes"]["to"]["kind"], r["attributes"]["to"]["name"])
        for r in relations}, relations
    assert portal["metadata"]["links"] == [
        {"name": "https://a.example.com", "type": "other", "url": "https://a.example.com"},
        {"name": 'It\'s "quoted"', "type": "other", "url": "https://b.example.com/?q=1&r=a b"}]
    api = schemas["portal-api"]
    assert sorted(api["spec"]["componentOf"]) == ["service:default/portal-core",
                                                  "system:default/vets-portal"], api


def test_50_the_same_key_twice(server):
    _, document = imports(server, "50", "failed")
    assert 'member "name" occurs twice' in document["problem"], document
    detail, _ = error_of(Org(server, "case-50-api").post(ENTITIES, "50", 400))
    assert detail == document["problem"], detail


def test_51_alias_bomb(server):
    _, document = imports(server, "51", "failed")
    assert "aliases that expand to too much" in document["problem"], document
    detail, _ = error_of(Org(server, "case-51-api").post(ENTITIES, "51", 400))
    assert detail == document["problem"], detail


def test_52_two_thousand_apis(server):
    org = Org(server, "case-52")
    code, report = org.run_import("52")
    assert code == 0 and report["imported"] == 2000, (code, report["imported"])
    assert len(org.get(f"{ENTITIES}?page[limit]=1000&page[offset]=1000")["data"]) == 1000
    detail, _ = error_of(Org(server, "case-52-api").post(ENTITIES, "52", 400))
    assert "at most 100 definitions" in detail, detail

#include "wire/service_definitions.h"

#include <gtest/gtest.h>

#include "wire/entity_definitions.h"
#include "wire/kept_name.h"

namespace scorekeeper::wire {
namespace {

const Limits limits;

EntityDefinition parse_one(std::string body) {
  const auto definitions = parse_service_definitions(body, limits);
  EXPECT_TRUE(definitions.has_value()) << body << ": " << definitions.error().detail;
  return definitions && definitions->size() == 1 ? definitions->front() : EntityDefinition();
}

// The schema of a definition in that version, as the writer has it.
std::string written(const EntityDefinition& definition, std::optional<std::string_view> version) {
  EntityItem item;
  item.entity.definition = definition;
  const auto document = write_service_definition(item, version);
  const auto from = document.find("\"schema\":") + 9;
  return document.substr(from, document.size() - from - 4);
}

constexpr std::string_view recorded =
    R"({"schema-version":"v2.2","dd-service":"cart","team":"my-team","contacts":[{"name":"Team Email","type":"email","contact":"contact@datadoghq.com"}],"links":[{"name":"Architecture","type":"doc","provider":"Gigoogle drivetHub","url":"https://my-runbook"},{"name":"Wiki","type":"wiki","url":"https://wiki"}],"tags":["my:tag","service:tag"],"integrations":{"pagerduty":{"service-url":"https://my-org.pagerduty.com/service-directory/PMyService"},"opsgenie":{"service-url":"https://my-org.opsgenie.com/service/1","region":"US"}},"extensions":{"myorgextension":"extensionvalue"},"service-type":"web","languages":["go","python"]})";

constexpr std::string_view yaml_v2_1 =
    "schema-version: v2.1\ndd-service: cart\nteam: my-team\napplication: shop\n"
    "description: |\n  two\n  lines\ntier: 1\nlifecycle: production\n";

constexpr std::string_view json_v2 =
    R"({"schema-version":"v2","dd-service":"cart","dd-team":"my-team","links":[{"name":"R","type":"runbook","url":"https://r"},{"name":"C","type":"url","url":"https://u"}],"repos":[{"name":"S","provider":"GitHub","url":"https://s"}],"docs":[{"name":"D","url":"https://d"}],"integrations":{"pagerduty":"https://p"},"unknown":[1]})";

// One that is sent with another spelling of its name is kept under the first.
TEST(ServiceDefinitions, ShowTheNameThatIsKept) {
  for (const auto text : {R"({"schema-version":"v2","dd-service":"aBC"})",
                          R"({"schema-version":"v2.2","dd-service":"aBC"})"}) {
    auto definition = parse_one(text);
    definition.reference = "service:default/Abc";
    for (const auto* const version : {"v2", "v2.1", "v2.2"}) {
      EXPECT_TRUE(written(definition, version).contains(R"("dd-service":"Abc")")) << version;
    }
    EXPECT_TRUE(written(definition, "v1").contains(R"("dd-service":"Abc","display-name":"Abc")"));
    EXPECT_EQ(kept_display_name(definition), "Abc");
    const auto schema = json::write_tree(schema_with_kept_name(definition));
    EXPECT_TRUE(schema.contains(R"("name":"Abc","namespace":"default","displayName":"Abc")"))
        << schema;
    EXPECT_TRUE(definition.raw.contains("aBC"));
  }
  // A display name that was sent is the sender's.
  EntityDefinition named;
  named.reference = "service:default/Abc";
  named.api_version = "v3";
  named.display_name = "aBC";
  named.schema = R"({"metadata":{"name":"aBC","displayName":"aBC"}})";
  EXPECT_EQ(kept_display_name(named), "aBC");
  EXPECT_EQ(json::write_tree(schema_with_kept_name(named)),
            R"({"metadata":{"name":"Abc","displayName":"aBC"}})");
  // Other names are exact.
  named.reference = "queue:default/aBC";
  EXPECT_EQ(json::write_tree(schema_with_kept_name(named)), named.schema);
}

TEST(ServiceDefinitions, BecomeEntitiesOfKindService) {
  const auto definition = parse_one(std::string(recorded));
  EXPECT_EQ(definition.reference, "service:default/cart");
  EXPECT_EQ(definition.api_version, "v2.2");
  EXPECT_EQ(definition.display_name, "cart");
  EXPECT_EQ(definition.attributes, (EntityAttributes{.owner = "my-team",
                                                     .tier = "",
                                                     .lifecycle = "",
                                                     .type = "web",
                                                     .languages = {"go", "python"},
                                                     .tags = {"my:tag", "service:tag"}}));
  EXPECT_EQ(definition.raw, recorded);
  EXPECT_EQ(
      definition.schema,
      R"({"apiVersion":"v3","kind":"service","metadata":{"name":"cart","namespace":"default","displayName":"cart","tags":["my:tag","service:tag"],"owner":"my-team","links":[{"name":"Architecture","type":"doc","provider":"Gigoogle drivetHub","url":"https://my-runbook"},{"name":"Wiki","type":"doc","url":"https://wiki"}],"contacts":[{"name":"Team Email","type":"email","contact":"contact@datadoghq.com"}]},"integrations":{"pagerduty":{"serviceURL":"https://my-org.pagerduty.com/service-directory/PMyService"},"opsgenie":{"serviceURL":"https://my-org.opsgenie.com/service/1","region":"US"}},"extensions":{"myorgextension":"extensionvalue"},"spec":{"type":"web","languages":["go","python"]}})");
}

TEST(ServiceDefinitions, MakeTheApplicationASystem) {
  const auto definition = parse_one(std::string(yaml_v2_1));
  EXPECT_EQ(definition.api_version, "v2.1");
  EXPECT_EQ(definition.attributes.tier, "1");
  EXPECT_EQ(definition.attributes.lifecycle, "production");
  EXPECT_EQ(definition.description, "two\nlines\n");
  ASSERT_EQ(definition.relations.size(), 4U);
  EXPECT_EQ(definition.relations[1], (Relation{.type = "RelationTypePartsOf",
                                               .from = "service:default/cart",
                                               .to = "system:default/shop"}));
}

TEST(ServiceDefinitions, OfV2HaveListsOfReposAndDocs) {
  const auto definition = parse_one(std::string(json_v2));
  EXPECT_EQ(definition.attributes.owner, "my-team");
  EXPECT_EQ(
      definition.schema,
      R"({"apiVersion":"v3","kind":"service","metadata":{"name":"cart","namespace":"default","displayName":"cart","owner":"my-team","links":[{"name":"R","type":"runbook","url":"https://r"},{"name":"C","type":"other","url":"https://u"},{"name":"S","type":"repo","provider":"GitHub","url":"https://s"},{"name":"D","type":"doc","url":"https://d"}]},"integrations":{"pagerduty":{"serviceURL":"https://p"}}})");
}

TEST(ServiceDefinitions, AreEntityDefinitionsToo) {
  std::string body = "---\n" + std::string(yaml_v2_1) + "---\n" + std::string(recorded) +
                     "\n---\napiVersion: v3\nkind: queue\nmetadata: {name: q}\n";
  const auto definitions = parse_entity_definitions(body, limits);
  ASSERT_TRUE(definitions) << definitions.error().detail;
  ASSERT_EQ(definitions->size(), 3U);
  EXPECT_EQ((*definitions)[0].api_version, "v2.1");
  EXPECT_EQ((*definitions)[1].api_version, "v2.2");
  EXPECT_EQ((*definitions)[2].api_version, "v3");
}

TEST(ServiceDefinitions, NameWhatIsMissingOrWrongInTheirOwnWords) {
  const struct {
    std::string_view body;
    std::string_view errors;
  } cases[] = {
      {"{}",
       "attribute \"schema-version\" is required /schema-version | attribute \"dd-service\" is "
       "required /dd-service"},
      {R"({"schema-version":"v1","dd-service":"a"})",
       "attribute \"schema-version\" must be one of \"v2 v2.1 v2.2\" /schema-version"},
      {R"([{"schema-version":"v2","dd-service":"a"},{"schema-version":"v2","dd-service":""}])",
       "attribute \"dd-service\" is required /1/dd-service"},
      {R"({"schema-version":"v3","dd-service":"a"})",
       "attribute \"schema-version\" must be one of \"v2 v2.1 v2.2\": send definitions of version "
       "v3 "
       "to POST /api/v2/catalog/entity /schema-version"},
      {"apiVersion: v3\nkind: service\nmetadata: {name: a}\n",
       "attribute \"schema-version\" must be one of \"v2 v2.1 v2.2\": send definitions of version "
       "v3 "
       "to POST /api/v2/catalog/entity /schema-version"},
      {"schema-version: v2\ndd-service: ${{ values.name }}\n",
       "attribute \"dd-service\" must not contain \"${{\": the text is a template that was not "
       "rendered /dd-service"},
      {"schema-version: v2.2\ndd-service: a\nlinks: [{name: [a]}]\ntags: x\n",
       "attribute \"tags\" must be a list /tags | attribute \"links.0.name\" must be a string "
       "/links/0/name"},
      {R"({"schema-version":"v2.2","dd-service":"a","integrations":{"pagerduty":{"service-url":"https://a","serviceURL":"https://b"}}})",
       "attribute \"integrations\" must not have both \"service-url\" and \"serviceURL\" in one "
       "integration: they are the same member /integrations"},
      {"dd-service: [\n", "malformed YAML at line 2, column 1: end of sequence flow not found "},
  };
  for (const auto& c : cases) {
    std::string body(c.body);
    const auto definitions = parse_service_definitions(body, limits);
    ASSERT_FALSE(definitions) << c.body;
    const auto& error = definitions.error();
    auto errors = error.detail + " " + error.pointer;
    for (const auto& other : error.others) errors += " | " + other.detail + " " + other.pointer;
    EXPECT_EQ(errors, c.errors) << c.body;
  }
}

TEST(ServiceDefinitionDocument, HasTheRecordedBytes) {
  EntityItem item;
  item.entity.definition = parse_one(std::string(recorded));
  item.entity.modified_at = time_of_microseconds(1'696'617'872'076'834);
  const std::string meta =
      R"("attributes":{"meta":{"last-modified-time":"2023-10-06T18:44:32.076834Z","github-html-url":"","ingestion-source":"api","origin":"unknown","origin-detail":"","warnings":[],"ingested-schema-version":"v2.2"},"schema":)" +
      std::string(recorded);
  const EntityItem items[] = {item};
  EXPECT_EQ(write_service_definitions(items, std::nullopt),
            R"({"data":[{"type":"service-definition",)" + meta + "}}]}\n");
  item.id = "39c14f48";
  EXPECT_EQ(write_service_definition(item, "v2.2"),
            R"({"data":{"type":"service-definition","id":"39c14f48",)" + meta + "}}}\n");
  EXPECT_EQ(write_service_definitions({}, "v2"), "{\"data\":[]}\n");
}

TEST(ServiceDefinitionDocument, ConvertsToTheVersionThatIsAskedFor) {
  const auto v2 = parse_one(std::string(json_v2));
  const auto known = std::string(json_v2.substr(0, json_v2.find(",\"unknown\""))) + "}";
  EXPECT_EQ(written(v2, std::nullopt), known);
  EXPECT_EQ(written(v2, "v2"), known);
  EXPECT_EQ(
      written(v2, "v2.1"),
      R"({"schema-version":"v2.1","dd-service":"cart","team":"my-team","links":[{"name":"R","type":"runbook","url":"https://r"},{"name":"C","type":"other","url":"https://u"},{"name":"S","type":"repo","provider":"GitHub","url":"https://s"},{"name":"D","type":"doc","url":"https://d"}],"integrations":{"pagerduty":{"service-url":"https://p"}}})");
  const auto v2_1 = parse_one(std::string(yaml_v2_1));
  EXPECT_EQ(
      written(v2_1, "v2.2"),
      R"({"schema-version":"v2.2","dd-service":"cart","team":"my-team","application":"shop","description":"two\nlines\n","tier":"1","lifecycle":"production"})");
  EXPECT_EQ(written(v2_1, "v2"), R"({"schema-version":"v2","dd-service":"cart","team":"my-team"})");
  const auto v2_2 = parse_one(std::string(recorded));
  EXPECT_EQ(
      written(v2_2, "v2"),
      R"({"schema-version":"v2","dd-service":"cart","team":"my-team","contacts":[{"name":"Team Email","type":"email","contact":"contact@datadoghq.com"}],"docs":[{"name":"Architecture","provider":"Gigoogle drivetHub","url":"https://my-runbook"},{"name":"Wiki","url":"https://wiki"}],"tags":["my:tag","service:tag"],"integrations":{"pagerduty":"https://my-org.pagerduty.com/service-directory/PMyService","opsgenie":{"service-url":"https://my-org.opsgenie.com/service/1","region":"US"}},"extensions":{"myorgextension":"extensionvalue"}})");
}

TEST(ServiceDefinitionDocument, WritesVersionOneThatTheClientsStillOffer) {
  EXPECT_EQ(
      written(parse_one(std::string(recorded)), "v1"),
      R"({"schema-version":"v1","info":{"dd-service":"cart","display-name":"cart"},"org":{"team":"my-team"},"contact":{"email":"contact@datadoghq.com"},"external-resources":[{"name":"Architecture","type":"doc","url":"https://my-runbook"},{"name":"Wiki","type":"doc","url":"https://wiki"}],"tags":["my:tag","service:tag"],"integrations":{"pagerduty":"https://my-org.pagerduty.com/service-directory/PMyService"},"extensions":{"myorgextension":"extensionvalue"}})");
  EXPECT_EQ(
      written(parse_one(std::string(yaml_v2_1)), "v1"),
      R"({"schema-version":"v1","info":{"dd-service":"cart","display-name":"cart","description":"two\nlines\n","service-tier":"1"},"org":{"team":"my-team","application":"shop"}})");
  EXPECT_EQ(written(parse_one("schema-version: v2\ndd-service: a\n"), "v1"),
            R"({"schema-version":"v1","info":{"dd-service":"a","display-name":"a"}})");
}

// As recorded of the hosted service, but for the repository.
TEST(ServiceDefinitionDocument, WritesAComponentOfBackstage) {
  const auto definition = parse_one(
      "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: stock\n"
      "  namespace: Shop\n  description: Counts\n  uid: '1'\n  etag: x\n  annotations:\n"
      "    github.com/project-slug: example/stock\n  tags: [java]\n  links:\n"
      "    - {url: 'https://s', title: Admin, icon: dashboard}\nspec:\n  type: website\n"
      "  lifecycle: production\n  owner: web\n  system: retail\n");
  EXPECT_EQ(definition.reference, "service:default/stock");
  EXPECT_EQ(definition.api_version, "backstage.io/v1alpha1");
  EXPECT_EQ(
      written(definition, std::nullopt),
      R"({"schema-version":"v2.1","dd-service":"stock","team":"web","description":"Counts","lifecycle":"production","links":[{"name":"Admin","type":"other","url":"https://s"},{"name":"example/stock","type":"repo","provider":"GitHub","url":"https://github.com/example/stock"}],"tags":["java","github.com/project-slug:example/stock","namespace:shop","system:retail"]})");
}

TEST(ServiceDefinitionDocument, WritesTheSystemOfAnEntityOfBackstageAsItsApplication) {
  std::string body =
      "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: stock}\n"
      "spec: {type: service, system: retail}\n";
  const auto definitions = parse_entity_definitions(body, limits);
  ASSERT_TRUE(definitions);
  EXPECT_EQ(written(definitions->front(), std::nullopt),
            R"({"schema-version":"v2.1","dd-service":"stock","application":"retail"})");
}

TEST(ServiceDefinitions, OfBackstageAreComponentsAlone) {
  std::string body =
      "apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: {name: retail}\n---\n"
      "apiVersion: backstage.io/v1alpha1\nkind: component\nmetadata: {name: a}\n---\n"
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\n---\n"
      "schema-version: v2\ndd-service: b\n";
  std::vector<std::string> skipped;
  const auto definitions = parse_service_definitions(body, limits, &skipped);
  ASSERT_TRUE(definitions) << definitions.error().detail;
  ASSERT_EQ(definitions->size(), 2U);
  EXPECT_EQ((*definitions)[0].reference, "service:default/a");
  EXPECT_EQ((*definitions)[1].reference, "service:default/b");
  EXPECT_EQ(skipped, (std::vector<std::string>{
                         "document 1 (System default/retail) is skipped: a System is no service: "
                         "send it to POST /api/v2/catalog/entity",
                         "document 3 (Deployment default/d) is skipped: the catalog has no place "
                         "for a Deployment of apps/v1"}));
}

TEST(ServiceDefinitionDocument, OfTheRawTextIsADocumentOfYaml) {
  EntityDefinition definition;
  definition.raw = "a: b\n";
  EXPECT_EQ(write_raw_service_definition(definition),
            "{\"data\":{\"type\":\"raw-service-definition\",\"attributes\":{\"raw-content\":"
            "\"LS0tCmE6IGIK\"}}}\n");
  definition.raw = "--- a: b\n";
  EXPECT_TRUE(write_raw_service_definition(definition).contains("\"LS0tIGE6IGIK\""));
}

TEST(ServiceDefinitionDocument, WritesEntitiesOfV3) {
  std::string body =
      "apiVersion: v3\nkind: service\nmetadata:\n  name: cart\n  owner: t\n  links:\n"
      "  - {name: L, type: link, url: 'https://l'}\nspec:\n  type: web\n  languages: [go]\n"
      "  componentOf: ['service:x', 'system:n/shop']\ndatadog:\n  pipelines: {fingerprints: [f]}\n";
  const auto definitions = parse_entity_definitions(body, limits);
  ASSERT_TRUE(definitions);
  EXPECT_EQ(
      written(definitions->front(), std::nullopt),
      R"({"schema-version":"v2.2","dd-service":"cart","team":"t","application":"shop","links":[{"name":"L","type":"link","url":"https://l"}],"type":"web","languages":["go"],"ci-pipeline-fingerprints":["f"]})");
  EXPECT_EQ(
      written(definitions->front(), "v2.1"),
      R"({"schema-version":"v2.1","dd-service":"cart","team":"t","application":"shop","links":[{"name":"L","type":"other","url":"https://l"}]})");
}

// The text that was sent, which may be YAML and slow to read, is read for its own version alone.
TEST(ServiceDefinitionDocument, IsPaidForAndEndsWithItsBudget) {
  EntityItem item;
  item.entity.definition =
      parse_one("schema-version: v2.1\ndd-service: a\n#" + std::string(10'000, 'x') + "\n");
  const std::vector<EntityItem> items(3, item);
  const auto written_with = [&](std::uint64_t steps, std::string_view version) {
    WorkBudget budget({.steps = steps, .cancelled = nullptr});
    const auto text = write_service_definitions(items, version, {}, &budget);
    const bool whole = text == write_service_definitions(items, version);
    EXPECT_EQ(whole, !budget.stopped());
    return whole;
  };
  const auto raw = item.entity.definition.raw.size();
  const auto schema = item.entity.definition.schema.size();
  const auto of_schema = 3 * schema * schema_byte_steps;
  EXPECT_TRUE(written_with(of_schema, "v2.2"));
  EXPECT_FALSE(written_with(of_schema - 1, "v2.2"));
  const auto as_sent = of_schema + 3 * raw * yaml_byte_steps;
  EXPECT_TRUE(written_with(as_sent, "v2.1"));
  EXPECT_FALSE(written_with(as_sent - 1, "v2.1"));
}

}  // namespace
}  // namespace scorekeeper::wire

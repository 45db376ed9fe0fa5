#include "wire/backstage.h"

#include <gtest/gtest.h>

#include "wire/entity_definitions.h"

namespace scorekeeper::wire {
namespace {

// The documents of a file, each with the others known.
std::vector<BackstageDocument> parse(std::string_view file) {
  std::vector<json::Tree> trees;
  const auto documents = split_yaml(file);
  BackstageReferences references;
  for (const auto& document : documents) {
    auto tree = read_yaml(document);
    EXPECT_TRUE(tree.has_value()) << file;
    references.add(*tree);
    trees.push_back(*std::move(tree));
  }
  std::vector<BackstageDocument> parsed;
  for (std::size_t i = 0; i < trees.size(); ++i) {
    parsed.push_back(parse_backstage(std::move(trees[i]), documents[i].text, references, Limits()));
  }
  return parsed;
}

BackstageDocument parse_one(std::string_view file) {
  auto parsed = parse(file);
  EXPECT_EQ(parsed.size(), 1U);
  return std::move(parsed.front());
}

// "place: text" of each remark, one a line.
std::string remarks_of(const BackstageDocument& document) {
  std::string lines;
  for (const auto& remark : document.remarks) lines += remark.place + ": " + remark.text + "\n";
  return lines;
}

constexpr std::string_view shop = R"(apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: shop
  title: The Shop
  description: Sells things.
  labels:
    tier: gold
  annotations:
    github.com/project-slug: example/shop
    long: )";
constexpr std::string_view shop_rest = R"(
  tags:
    - java
  links:
    - url: https://shop.example
      title: Shop
      icon: web
      type: dashboard
    - url: https://other.example
  managedFields: [1]
spec:
  type: service
  lifecycle: production
  owner: group:default/shop-team
  system: sales
  subcomponentOf: mall
  dependsOn:
    - resource:orders
    - component:money
    - component:elsewhere/unknown
  dependencyOf: [component:default/money]
  providesApis: [shop-api]
  consumesApis: [billing/money-api]
  deployedTo: moon
)";
constexpr std::string_view others = R"(---
apiVersion: backstage.io/v1alpha1
kind: Resource
metadata: {name: Orders}
spec: {type: database, owner: user:ann}
---
apiVersion: backstage.io/v1beta1
kind: component
metadata: {name: money, namespace: Default}
spec: {type: library, owner: other/ops}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: mall}
spec: {type: website, owner: shop-team}
)";

TEST(Backstage, MapsAComponentAndTellsWhatIsLeft) {
  const auto documents = parse(std::string(shop) + std::string(300, 'x') + std::string(shop_rest) +
                               std::string(others));
  ASSERT_EQ(documents.size(), 4U);
  const auto& document = documents[0];
  EXPECT_EQ(document.name, "Component default/shop");
  ASSERT_TRUE(document.definition) << document.problem;
  const auto& definition = *document.definition;
  EXPECT_EQ(definition.reference, "service:default/shop");
  EXPECT_EQ(definition.api_version, "backstage.io/v1alpha1");
  EXPECT_EQ(definition.ingestion_source, "backstage");
  EXPECT_EQ(
      definition.schema,
      R"({"apiVersion":"v3","kind":"service","metadata":{"name":"shop","namespace":"default","displayName":"The Shop","description":"Sells things.","tags":["java","tier:gold","github.com/project-slug:example/shop"],"links":[{"name":"Shop","type":"dashboard","url":"https://shop.example"},{"name":"https://other.example","type":"other","url":"https://other.example"},{"name":"example/shop","type":"repo","provider":"GitHub","url":"https://github.com/example/shop"}],"owner":"shop-team"},"spec":{"lifecycle":"production","componentOf":["system:default/sales","frontend:default/mall"],"dependsOn":["datastore:default/orders","library:default/money","service:elsewhere/unknown","api:billing/money-api"],"dependencyOf":["library:default/money"],"implements":["api:default/shop-api"]},"extensions":{"backstage.io":{"metadata":{"annotations":{"long":")" +
          std::string(300, 'x') + R"("},"managedFields":[1]},"spec":{"deployedTo":"moon"}}}})");
  EXPECT_EQ(remarks_of(document),
            "metadata.links.0.icon: left out\n"
            "spec.dependsOn.2: component:elsewhere/unknown is not among the documents: taken for "
            "service:elsewhere/unknown\n"
            "metadata.annotations: kept under extensions\n"
            "metadata.managedFields: kept under extensions\n"
            "spec.deployedTo: kept under extensions\n");
}

TEST(BackstageReferences, AreResolvedWithTheCatalogWhereTheDocumentsDoNotTell) {
  using References = std::vector<std::string>;
  const struct {
    std::string_view reference;
    References catalog;
    std::string_view resolved;
    std::string_view remark;
  } cases[] = {
      {"resource:orders", {"datastore:default/orders"}, "datastore:default/orders", ""},
      {"Resource:default/ORDERS", {"datastore:default/orders"}, "datastore:default/orders", ""},
      {"resource:orders", {"bucket:default/orders"}, "bucket:default/orders", ""},
      {"resource:orders",
       {"api:default/orders", "service:default/orders", "queue:default/orders"},
       "queue:default/orders",
       ""},
      {"orders", {"queue:default/orders", "library:default/orders"}, "library:default/orders", ""},
      {"orders", {"queue:default/orders"}, "queue:default/orders", ""},
      {"api:orders", {"service:default/orders", "api:default/Orders"}, "api:default/Orders", ""},
      {"orders",
       {"service:default/orders", "library:default/orders"},
       "service:default/orders",
       "service:default/orders or library:default/orders: taken for the first"},
      {"orders",
       {"library:eu/orders", "library:default/order"},
       "service:default/orders",
       "neither among the documents nor in the catalog: taken for service:default/orders"},
      {"group:ops",
       {"service:default/ops"},
       "team:default/ops",
       "neither among the documents nor in the catalog: taken for team:default/ops"},
      {"mall", {"service:default/mall"}, "frontend:default/mall", ""},  // the documents tell
  };
  for (const auto& c : cases) {
    BackstageReferences references(
        [&](std::string_view, std::string_view) -> Result<References> { return c.catalog; });
    references.add(
        *read_yaml({.text = "kind: Component\nmetadata: {name: mall}\nspec: {type: website}\n"}));
    const auto resolved =
        references.resolve(*parse_backstage_reference(c.reference, "component", "default"));
    ASSERT_TRUE(resolved);
    EXPECT_EQ(resolved->reference, c.resolved) << c.reference;
    EXPECT_EQ(resolved->remark, c.remark) << c.reference;
  }
  BackstageReferences broken([](std::string_view, std::string_view) -> Result<References> {
    return make_error(Code::unavailable, "gone");
  });
  EXPECT_FALSE(broken.resolve(*parse_backstage_reference("a", "component", "default")));
}

TEST(Backstage, MapsEveryKindThatHasAPlace) {
  const struct {
    std::string_view kind;
    std::string_view spec;
    std::string_view reference;
  } cases[] = {
      {"Component", "{type: service}", "service:default/a"},
      {"Component", "{type: website}", "frontend:default/a"},
      {"Component", "{type: library}", "library:default/a"},
      {"component", "{type: Data-Pipeline}", "data-pipeline:default/a"},
      {"Component", "{type: two words}", "component:default/a"},
      {"Component", "{}", "component:default/a"},
      {"API", "{type: openapi}", "api:default/a"},
      {"Resource", "{type: database}", "datastore:default/a"},
      {"Resource", "{type: queue}", "queue:default/a"},
      {"Resource", "{type: s3-bucket}", "s3-bucket:default/a"},
      {"Resource", "{}", "resource:default/a"},
      {"System", "{}", "system:default/a"},
      {"Domain", "{}", "domain:default/a"},
      {"Group", "{type: team}", "team:default/a"},
  };
  for (const auto& c : cases) {
    const auto document =
        parse_one("apiVersion: backstage.io/v1alpha1\nkind: " + std::string(c.kind) +
                  "\nmetadata: {name: a}\nspec: " + std::string(c.spec) + "\n");
    ASSERT_TRUE(document.definition) << c.kind << " " << c.spec << ": " << document.problem;
    EXPECT_EQ(document.definition->reference, c.reference) << c.spec;
    EXPECT_EQ(remarks_of(document), "") << c.spec;
  }
}

TEST(Backstage, OwnersAreGroupsAndUsersAreTakenForThem) {
  const struct {
    std::string_view owner;
    std::string_view handle;
    std::string_view remarks;
  } cases[] = {{"ops", "ops", ""},
               {"group:ops", "ops", ""},
               {"Group:default/ops", "ops", ""},
               {"group:infra/ops", "team:infra/ops", ""},
               {"user:default/ann", "ann", "spec.owner: a user, taken for a team\n"}};
  for (const auto& c : cases) {
    const auto document = parse_one(
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: a}\n"
        "spec: {type: service, owner: '" +
        std::string(c.owner) + "'}\n");
    ASSERT_TRUE(document.definition) << document.problem;
    EXPECT_EQ(document.definition->attributes.owner, c.handle);
    EXPECT_EQ(remarks_of(document), c.remarks);
  }
}

TEST(Backstage, MapsGroupsWithTheirProfile) {
  const auto document = parse_one(
      "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: ops}\nspec:\n"
      "  type: department\n  profile: {displayName: Operations, email: ops@example, picture: p}\n"
      "  parent: all\n  children: [night-shift]\n  members: [ann]\n");
  ASSERT_TRUE(document.definition) << document.problem;
  EXPECT_EQ(
      document.definition->schema,
      R"({"apiVersion":"v3","kind":"team","metadata":{"name":"ops","namespace":"default","displayName":"Operations","contacts":[{"type":"email","contact":"ops@example"}]},"spec":{"type":"department","componentOf":["team:default/all"],"components":["team:default/night-shift"]},"extensions":{"backstage.io":{"spec":{"profile":{"picture":"p"},"members":["ann"]}}}})");
  EXPECT_EQ(remarks_of(document),
            "spec.profile: kept under extensions\nspec.members: kept under extensions\n");
}

TEST(Backstage, MapsTheDefinitionOfAnApi) {
  const auto schema_of = [](std::string_view definition) {
    const auto document = parse_one(
        "apiVersion: backstage.io/v1alpha1\nkind: API\nmetadata: {name: a}\n"
        "spec:\n  type: openapi\n  definition:" +
        std::string(definition) + "\n");
    EXPECT_TRUE(document.definition) << document.problem;
    const auto& schema = document.definition->schema;
    return schema.substr(schema.find("\"type\""));
  };
  EXPECT_EQ(schema_of(" |\n    openapi: 3.1.0\n    paths: {}"),
            R"("type":"openapi","interface":{"definition":{"openapi":"3.1.0","paths":{}}}}})");
  EXPECT_EQ(schema_of("\n    $text: ./api.yaml"),
            R"("type":"openapi","interface":{"fileRef":"./api.yaml"}}})");
  EXPECT_EQ(schema_of(" syntax"),
            R"("type":"openapi"},"extensions":{"backstage.io":{"spec":{"definition":"syntax"}}}})");
}

TEST(Backstage, TellsWhatHasNoPlaceAndWhatIsWrong) {
  const struct {
    std::string_view document;
    std::string_view name;
    std::string_view problem;
    bool has_place = true;
  } cases[] = {
      {"apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {name: ann}\n", "User default/ann",
       "the catalog has no place for a User", false},
      {"apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: l, namespace: n}\n",
       "Location n/l", "the catalog has no place for a Location: import the files that it names",
       false},
      {"apiVersion: backstage.io/v1alpha1\nkind: Component\n", "Component default/",
       "attribute \"metadata\" is required"},
      {"apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {}\nspec: {owner: 'a:b:c', "
       "dependsOn: x}\n",
       "Component default/",
       "attribute \"metadata.name\" is required; attribute \"spec.owner\" must be a reference; "
       "attribute \"spec.dependsOn\" must be a list"},
      {"apiVersion: v3\nkind: service\nmetadata: {name: a}\n", "service default/a",
       "is no document of Backstage: its apiVersion does not say so"},
      {"just text\n", " default/", "is no document of Backstage: its apiVersion does not say so"},
  };
  for (const auto& c : cases) {
    const auto document = parse_one(c.document);
    EXPECT_FALSE(document.definition) << c.document;
    EXPECT_EQ(document.name, c.name);
    EXPECT_EQ(document.problem, c.problem);
    EXPECT_EQ(document.has_place, c.has_place);
  }
}

TEST(Backstage, DocumentsAreEntityDefinitionsToo) {
  std::string body = std::string(shop) + "y" + std::string(shop_rest) + std::string(others);
  const auto definitions = parse_entity_definitions(body, Limits());
  ASSERT_TRUE(definitions) << definitions.error().detail;
  ASSERT_EQ(definitions->size(), 4U);
  EXPECT_EQ((*definitions)[1].reference, "datastore:default/Orders");
  EXPECT_EQ((*definitions)[2].reference, "library:default/money");
  EXPECT_EQ((*definitions)[2].attributes.owner, "team:other/ops");
  EXPECT_EQ((*definitions)[3].ingestion_source, "backstage");
}

TEST(Backstage, DocumentsWithoutAPlaceAreSkippedAmongOthers) {
  const std::string user = "apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {name: ann}\n";
  const std::string component =
      "---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: a}\n";
  const std::string foreign =
      "---\napiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: {name: t}\n";
  auto body = user + component + foreign;
  std::vector<std::string> skipped;
  const auto definitions = parse_entity_definitions(body, Limits(), &skipped);
  ASSERT_TRUE(definitions) << definitions.error().detail;
  ASSERT_EQ(definitions->size(), 1U);
  EXPECT_EQ(skipped, (std::vector<std::string>{
                         "document 1 (User default/ann) is skipped: the catalog has no place for a "
                         "User",
                         "document 3 (Template default/t) is skipped: the catalog has no place for "
                         "a Template of scaffolder.backstage.io/v1beta3"}));
  auto nothing = user;
  EXPECT_EQ(parse_entity_definitions(nothing, Limits()).error(),
            invalid("the body holds nothing to store: document 1 (User default/ann) is skipped: "
                    "the catalog has no place for a User"));
  // The place of a problem counts what is skipped.
  auto bad = user + "---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {}\n";
  EXPECT_EQ(parse_entity_definitions(bad, Limits()).error().pointer, "/1/metadata/name");
}

TEST(Backstage, TemplatesThatWereNotRenderedAreRefused) {
  const struct {
    std::string_view metadata;
    std::string_view spec;
    std::string_view place;
  } cases[] = {
      {"{name: '${{ values.name }}'}", "{}", "metadata.name"},
      {"{name: a, namespace: '${{ values.x }}'}", "{}", "metadata.namespace"},
      {"{name: a}", "{owner: '${{ values.owner }}'}", "spec.owner"},
      {"{name: a}", "{system: '${{ values.system }}'}", "spec.system"},
      {"{name: a}", "{type: '${{ values.type }}'}", "spec.type"},
  };
  for (const auto& c : cases) {
    const auto document = parse_one(
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: " + std::string(c.metadata) +
        "\nspec: " + std::string(c.spec) + "\n");
    EXPECT_EQ(document.problem, "attribute \"" + std::string(c.place) +
                                    "\" must not contain \"${{\": the text is a template that was "
                                    "not rendered");
    EXPECT_TRUE(document.has_place);
  }
  std::string v3 = "apiVersion: v3\nkind: service\nmetadata: {name: '${{ values.name }}'}\n";
  EXPECT_EQ(parse_entity_definitions(v3, Limits()).error(),
            invalid("attribute \"metadata.name\" must not contain \"${{\": the text is a template "
                    "that was not rendered",
                    "/metadata/name"));
  const auto described = parse_one(
      "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: a, description: 'uses "
      "${{ secrets.X }}'}\n");
  EXPECT_EQ(described.problem, "");
}

TEST(Backstage, AnnotationsCanBeLinksAndIntegrations) {
  const auto schema_with = [](std::string_view annotations) {
    const auto document = parse_one(
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: a\n"
        "  annotations: {" +
        std::string(annotations) + "}\nspec: {type: service}\n");
    EXPECT_TRUE(document.definition) << document.problem;
    auto schema = document.definition->schema;
    return *json::read_json(schema);
  };
  const auto link_of = [&](std::string_view annotation) {
    const auto schema = schema_with(annotation);
    const auto* links = schema.find("metadata")->find("links");
    return links == nullptr ? "" : json::write_tree(links->children.at(0));
  };
  const auto integrations_of = [&](std::string_view annotation) {
    const auto schema = schema_with(annotation);
    const auto* integrations = schema.find("integrations");
    return integrations == nullptr ? "" : json::write_tree(*integrations);
  };
  EXPECT_EQ(
      link_of("gitlab.com/project-slug: a/b/c"),
      R"({"name":"a/b/c","type":"repo","provider":"GitLab","url":"https://gitlab.com/a/b/c"})");
  EXPECT_EQ(link_of("backstage.io/source-location: 'url:https://git.example/a'"),
            R"({"name":"Source","type":"repo","url":"https://git.example/a"})");
  EXPECT_EQ(link_of("backstage.io/techdocs-ref: 'url:https://docs.example/a'"),
            R"({"name":"TechDocs","type":"doc","url":"https://docs.example/a"})");
  for (const auto* none : {"github.com/project-slug: 'a b/c'", "github.com/project-slug: alone",
                           "github.com/project-slug: 'a//b'", "backstage.io/techdocs-ref: 'dir:.'",
                           "github.com/project-slug: {a: b}"}) {
    EXPECT_EQ(link_of(none), "") << none;
  }
  EXPECT_EQ(
      integrations_of("pagerduty.com/service-id: PABC123"),
      R"({"pagerduty":{"serviceURL":"https://www.pagerduty.com/service-directory/PABC123"}})");
  EXPECT_EQ(integrations_of("opsgenie.com/team: payments"),
            R"({"opsgenie":{"serviceURL":"https://app.opsgenie.com/teams/list#payments"}})");
  EXPECT_EQ(integrations_of("opsgenie.com/service-url: 'https://x.app.opsgenie.com/service/1'"),
            R"({"opsgenie":{"serviceURL":"https://x.app.opsgenie.com/service/1"}})");
  EXPECT_EQ(integrations_of("pagerduty.com/integration-key: 0123abc"), "");
}

TEST(BackstageReference, TakesWhatItLeavesOutFromWhereItStands) {
  const struct {
    std::string_view text;
    std::string_view kind;
    std::string_view name_space;
    std::string_view name;
  } cases[] = {{"a", "group", "ns", "a"},
               {"Component:A", "component", "ns", "A"},
               {"Other/a", "group", "other", "a"},
               {"api:other/a b", "api", "other", "a b"}};
  for (const auto& c : cases) {
    const auto reference = parse_backstage_reference(c.text, "Group", "ns");
    ASSERT_TRUE(reference) << c.text;
    EXPECT_EQ(reference->kind, c.kind);
    EXPECT_EQ(reference->name_space, c.name_space);
    EXPECT_EQ(reference->name, c.name);
  }
  for (const auto* text : {"", "a:", "a:b:c", "a/b/c", "a b:c", ":a", "/a", "k:/a", "k:n /a"}) {
    EXPECT_FALSE(parse_backstage_reference(text, "group", "ns")) << text;
  }
}

}  // namespace
}  // namespace scorekeeper::wire

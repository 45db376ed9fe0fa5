#include "wire/typed_form.h"

#include <gtest/gtest.h>

#include <random>

#include "domain/entity.h"
#include "wire/entities.h"
#include "wire/entity_definitions.h"
#include "wire/service_definitions.h"
#include "wire/typed_form_model.h"

namespace scorekeeper::wire {
namespace {

const Limits limits;

json::Tree json(std::string text) {
  auto tree = json::read_json(text);
  EXPECT_TRUE(tree.has_value()) << text;
  return tree ? *std::move(tree) : json::Tree();
}

// The form of a kind as it is answered: "" when there is none.
std::string fitted(std::string text, const Form& form) {
  const auto tree = fit(json(std::move(text)), form);
  return tree ? json::write_tree(*tree) : "";
}

EntityDefinition parse_entity(std::string body) {
  const auto definitions = parse_entity_definitions(body, limits);
  EXPECT_TRUE(definitions.has_value()) << body << ": " << definitions.error().detail;
  return definitions && !definitions->empty() ? definitions->front() : EntityDefinition();
}

// The part of an answer that the clients' models describe.
json::Tree schema_in(const json::Tree& item) {
  const auto* attributes = item.find("attributes");
  const auto* schema = attributes == nullptr ? nullptr : attributes->find("schema");
  return schema == nullptr ? json::Tree() : *schema;
}

// The schema of an entity in a list; null when the list leaves it out.
json::Tree included_schema(const EntityDefinition& definition, const EntityListQuery& query) {
  EntityItem item;
  item.id = "id";
  item.entity.definition = definition;
  CatalogLinks links;
  links.self = "x";
  const auto answer = json(write_entity_list({&item, 1}, query, links));
  const auto* included = answer.find("included");
  const bool none = included == nullptr || included->children.empty();
  return none ? json::Tree() : schema_in(included->children.front());
}

json::Tree included_schema(const EntityDefinition& definition) {
  EntityListQuery query;
  query.include_schema = true;
  return included_schema(definition, query);
}

json::Tree written_definition(const EntityDefinition& definition,
                              std::optional<std::string_view> version) {
  EntityItem item;
  item.entity.definition = definition;
  return schema_in(*json(write_service_definition(item, version)).find("data"));
}

TEST(TypedForm, HasWhatItKnowsAndNothingElse) {
  EXPECT_EQ(fitted(R"({"apiVersion":"v3","kind":"service","metadata":{"name":"a",
"labels":{"a":"b"},"description":null},"future":1,"spec":{"tier":1,"sla":"gold","lifecycle":"",
"languages":["go",null]},"integrations":{"sentry":{"projectSlugs":["web"]},
"pagerduty":{"serviceURL":""}}})",
                   *form_of_kind("service")),
            R"({"apiVersion":"v3","kind":"service","metadata":{"name":"a"},)"
            R"("spec":{"tier":"1","languages":["go"]},"integrations":{}})");
}

TEST(TypedForm, FillsInWhatALinkNeeds) {
  EXPECT_EQ(fitted(R"({"apiVersion":"v3","kind":"queue","metadata":{"name":"a","links":[
{"url":"https://a"},{"name":"no place"},{"name":"b","type":"ticket","url":"https://b"},7]}})",
                   *form_of_kind("queue")),
            R"({"apiVersion":"v3","kind":"queue","metadata":{"name":"a","links":[)"
            R"({"url":"https://a","name":"https://a","type":"other"},)"
            R"({"name":"b","type":"ticket","url":"https://b"}]}})");
}

TEST(TypedForm, LeavesOutAnInterfaceThatIsNeitherFileNorDefinition) {
  const auto with = [](std::string interface) {
    const auto text = fitted(R"({"apiVersion":"v3","kind":"api","metadata":{"name":"a"},"spec":)"
                             R"({"interface":)" +
                                 std::move(interface) + "}}",
                             *form_of_kind("api"));
    return text.substr(text.find("\"spec\":") + 7);
  };
  EXPECT_EQ(with("{}"), "{}}");
  EXPECT_EQ(with(R"({"fileRef":"a.yaml"})"), R"({"interface":{"fileRef":"a.yaml"}}})");
  EXPECT_EQ(with(R"({"fileRef":"a.yaml","definition":{}})"),
            R"({"interface":{"fileRef":"a.yaml"}}})");
  EXPECT_EQ(with(R"({"fileRef":null,"definition":{"a":[null]}})"),
            R"({"interface":{"definition":{"a":[null]}}}})");
}

// As recorded in August 2024; lists of references without a recording follow dependsOn.
TEST(TypedForm, HasTheDefaultsOfTheRecordedAnswer) {
  EXPECT_EQ(
      fitted(R"({"apiVersion":"v3","kind":"service","metadata":{"name":"a","additionalOwners":[],
"tags":[],"links":[],"contacts":[]},"spec":{"dependsOn":[],"languages":[],"componentOf":[]},
"datadog":{"codeLocations":[{}, {"paths":[]}],"events":[{}],"logs":[{}],
"performanceData":{"tags":[]},"pipelines":{"fingerprints":[]}}})",
             *form_of_kind("service")),
      R"({"apiVersion":"v3","kind":"service","metadata":{"name":"a","tags":[],"links":[],)"
      R"("contacts":[]},"spec":{},"datadog":{"codeLocations":[{},{}],)"
      R"("events":[{"name":"","query":""}],"logs":[{"name":"","query":""}],)"
      R"("performanceData":{"tags":[]},"pipelines":{"fingerprints":[]}}})");
  const struct {
    std::string_view kind;
    std::string_view list;
  } references[] = {{"service", "componentOf"}, {"datastore", "componentOf"},
                    {"queue", "componentOf"},   {"system", "components"},
                    {"api", "implementedBy"},   {"service", "dependsOn"}};
  for (const auto& c : references) {
    const auto text = [&c](std::string_view list) {
      return R"({"apiVersion":"v3","kind":")" + std::string(c.kind) +
             R"(","metadata":{"name":"a"},"spec":{")" + std::string(c.list) +
             "\":" + std::string(list) + "}}";
    };
    EXPECT_TRUE(fitted(text("[]"), *form_of_kind(c.kind)).ends_with("\"spec\":{}}")) << c.list;
    EXPECT_EQ(fitted(text(R"(["service:x"])"), *form_of_kind(c.kind)), text(R"(["service:x"])"));
  }
}

TEST(TypedForm, OfAServiceDefinitionIsThatOfItsVersion) {
  const std::string links = R"("links":[{"type":"runbook","url":"https://r"},)"
                            R"({"name":"x","type":"repository","url":"https://x"},)"
                            R"({"name":"w","type":"wiki","url":"https://w"}])";
  const std::string contacts = R"("contacts":[{"type":"google-chat","contact":"c"},)"
                               R"({"type":"email","contact":"e"}])";
  const auto text = [&](std::string_view version) {
    return R"({"schema-version":")" + std::string(version) + R"(","dd-service":"a",)" + links +
           "," + contacts +
           R"(,"future":1,"integrations":{"opsgenie":{"service-url":"https://o",)"
           R"("region":"mars"}}})";
  };
  const auto definition = parse_entity(text("v2.1"));
  EXPECT_EQ(json::write_tree(written_definition(definition, std::nullopt)),
            R"({"schema-version":"v2.1","dd-service":"a","links":[)"
            R"({"type":"runbook","url":"https://r","name":"https://r"},)"
            R"({"name":"x","type":"other","url":"https://x"},)"
            R"({"name":"w","type":"doc","url":"https://w"}],)"
            R"("contacts":[{"type":"email","contact":"e"}],)"
            R"("integrations":{"opsgenie":{"service-url":"https://o"}}})");
  EXPECT_EQ(json::write_tree(written_definition(parse_entity(text("v2")), "v2")),
            R"({"schema-version":"v2","dd-service":"a","links":[)"
            R"({"type":"runbook","url":"https://r","name":"https://r"},)"
            R"({"name":"x","type":"url","url":"https://x"},)"
            R"({"name":"w","type":"wiki","url":"https://w"}],)"
            R"("contacts":[{"type":"email","contact":"e"}],)"
            R"("integrations":{"opsgenie":{"service-url":"https://o"}}})");
}

TEST(TypedForm, OfOtherKindsIsShownToWhoAsksForIt) {
  const auto definition = parse_entity(
      R"({"apiVersion":"v3","kind":"library","metadata":{"name":"a","x":1},"spec":{"any":[null]}})");
  EntityListQuery query;
  query.include_schema = true;
  EXPECT_TRUE(included_schema(definition, query).is(json::Tree::Type::null));
  query.filter.kind = "library";
  auto schema = included_schema(definition, query);
  ASSERT_TRUE(schema.is(json::Tree::Type::object));
  schema.find("metadata")->remove("managed");
  EXPECT_EQ(json::write_tree(schema),
            R"({"apiVersion":"v3","kind":"library","metadata":{"name":"a",)"
            R"("namespace":"default"},"spec":{"any":[null]}})");
}

// --- whatever was accepted can be read

constexpr std::string_view
    whole_definitions[] =
        {
            R"({"schema-version":"v2","dd-service":"a","team":"t","dd-team":"t","contacts":[{"type":"email","contact":"c","name":"n"}],"links":[{"name":"n","type":"runbook","url":"https://u"}],"repos":[{"name":"n","provider":"p","url":"https://u"}],"docs":[{"name":"n","provider":"p","url":"https://u"}],"tags":["a:b"],"integrations":{"pagerduty":"https://p","opsgenie":{"service-url":"https://o","region":"EU"}},"extensions":{"x":1}})",
            R"({"schema-version":"v2.1","dd-service":"a","team":"t","application":"s","description":"d","tier":"1","lifecycle":"l","contacts":[{"type":"slack","contact":"c","name":"n"}],"links":[{"name":"n","type":"doc","url":"https://u","provider":"p"}],"tags":["a:b"],"integrations":{"pagerduty":{"service-url":"https://p"},"opsgenie":{"service-url":"https://o","region":"US"}},"extensions":{"x":1}})",
            R"({"schema-version":"v2.2","dd-service":"a","team":"t","application":"s","description":"d","tier":"1","lifecycle":"l","type":"web","service-type":"web","languages":["go"],"ci-pipeline-fingerprints":["f"],"contacts":[{"type":"pager","contact":"c","name":"n"}],"links":[{"name":"n","type":"x","url":"https://u","provider":"p"}],"tags":["a:b"],"integrations":{"pagerduty":{"service-url":"https://p"},"opsgenie":{"service-url":"https://o","region":"US"}},"extensions":{"x":1}})",
            R"({"apiVersion":"v3","kind":"service","metadata":{"name":"a","namespace":"default","displayName":"A","description":"d","owner":"t","additionalOwners":[{"name":"n","type":"t"}],"tags":["a:b"],"links":[{"name":"n","type":"doc","url":"https://u","provider":"p"}],"contacts":[{"type":"slack","contact":"c","name":"nn"}],"inheritFrom":"application:x"},"spec":{"lifecycle":"l","tier":"1","type":"web","languages":["go"],"dependsOn":["service:b"],"componentOf":["system:s"]},"integrations":{"pagerduty":{"serviceURL":"https://p"},"opsgenie":{"serviceURL":"https://o","region":"US"}},"datadog":{"codeLocations":[{"repositoryURL":"https://r","paths":["p"]}],"events":[{"name":"n","query":"q"}],"logs":[{"name":"n","query":"q"}],"performanceData":{"tags":["a:b"]},"pipelines":{"fingerprints":["f"]}},"extensions":{"x":1}})",
            R"({"apiVersion":"v3","kind":"system","metadata":{"name":"a"},"spec":{"lifecycle":"l","tier":"1","type":"t","components":["service:b"],"componentOf":["domain:d"]},"datadog":{"codeLocations":[{"paths":["p"]}],"events":[{"name":"n"}],"pipelines":{"fingerprints":["f"]}}})",
            R"({"apiVersion":"v3","kind":"api","metadata":{"name":"a"},"spec":{"lifecycle":"l","type":"t","implementedBy":["service:b"],"componentOf":["system:d"],"interface":{"definition":{"x":1}}},"datadog":{"codeLocations":[{"paths":["p"]}]}})",
            R"({"apiVersion":"v3","kind":"datastore","metadata":{"name":"a"},"spec":{"type":"t","componentOf":["system:d"],"dependsOn":["service:x"]},"datadog":{"codeLocations":[{"paths":["p"]}],"logs":[{"query":"n"}],"pipelines":{"fingerprints":["f"]}}})",
            R"({"apiVersion":"v2.2","kind":"queue","metadata":{"name":"a"},"spec":{"type":"t","dependencyOf":["service:x"]},"datadog":{"performanceData":{"tags":["a"]}}})",
            R"({"apiVersion":"backstage.io/v1alpha1","kind":"Component","metadata":{"name":"a","namespace":"n","title":"t","description":"d","labels":{"a":"b"},"annotations":{"github.com/project-slug":"o/r","pagerduty.com/service-id":"P1"},"tags":["x"],"links":[{"url":"https://u","title":"t","icon":"i","type":"ticket"}],"uid":"u"},"spec":{"type":"service","lifecycle":"l","owner":"o","system":"s","dependsOn":["resource:r"],"providesApis":["p"]}})",
            R"({"apiVersion":"backstage.io/v1alpha1","kind":"System","metadata":{"name":"a"},"spec":{"owner":"o","domain":"d"}})",
            R"({"apiVersion":"backstage.io/v1alpha1","kind":"API","metadata":{"name":"a"},"spec":{"type":"openapi","lifecycle":"l","owner":"o","system":"s","definition":"a: {b: c}"}})",
};

class Mutator {
 public:
  explicit Mutator(std::uint32_t seed) : random_(seed) {}

  std::size_t below(std::size_t bound) { return random_() % bound; }

  // Something about one value of the tree becomes other than it was.
  void mutate(json::Tree& tree) {
    auto* place = &tree;
    while (!place->children.empty() && below(4) != 0) {
      place = &place->children[below(place->children.size())];
    }
    auto name = place->name;
    if (place->is(json::Tree::Type::object) && below(2) == 0) {
      place->put(pick({"future", "name", "type", "url", "region", "interface", "definition"}),
                 junk());
    } else if (place->is(json::Tree::Type::array) && below(2) == 0) {
      place->children.push_back(junk());
    } else if (!place->children.empty() && below(3) == 0) {
      place->children.erase(place->children.begin() +
                            static_cast<std::ptrdiff_t>(below(place->children.size())));
    } else if (place != &tree) {
      *place = junk();
      place->name = std::move(name);
    }
  }

 private:
  const char* pick(std::vector<const char*> from) { return from[below(from.size())]; }

  json::Tree junk() {
    std::string text(pick({"null", "true", "1", "1.5", "\"\"", "\"x\"", "\"service:y\"", "[]", "{}",
                           "[null]", "[{}]", "[[]]", "{\"a\":null}", "[\"x\",3,{}]",
                           "{\"url\":\"https://u\"}", "{\"serviceURL\":\"\"}",
                           "[{\"url\":\"https://u\"},{\"type\":\"email\",\"contact\":2}]"}));
    return json("[" + std::move(text) + "]").children.front();
  }

  std::mt19937 random_;
};

// The forms that a typed client may ask for; "" when it could read all.
std::string unreadable_form(const TypedFormModel& model, const EntityDefinition& definition) {
  const auto reference = split_canonical(definition.reference);
  if (form_of_kind(reference.kind) != nullptr) {
    const auto schema = included_schema(definition);
    if (!model.conforms(schema, reference.kind))
      return "include=schema: " + json::write_tree(schema);
  }
  if (reference.kind != "service") return "";
  for (const auto* version : {"v1", "v2", "v2.1", "v2.2"}) {
    const auto schema = written_definition(definition, version);
    if (!model.conforms(schema, version))
      return std::string(version) + ": " + json::write_tree(schema);
  }
  const auto schema = written_definition(definition, std::nullopt);
  const auto* version = schema.find("schema-version");
  return version != nullptr && model.conforms(schema, version->text) ? ""
                                                                     : json::write_tree(schema);
}

TEST(TypedFormProperty, WhateverIsAcceptedCanBeReadInEveryForm) {
  const TypedFormModel model;
  int accepted = 0;
  for (std::uint32_t seed = 0; seed < 3'000; ++seed) {
    Mutator mutator(seed);
    auto tree = json(std::string(whole_definitions[seed % std::size(whole_definitions)]));
    for (auto times = mutator.below(6); times > 0; --times) mutator.mutate(tree);
    const auto text = json::write_tree(tree);
    for (const bool as_service : {false, true}) {
      auto body = text;
      const auto parsed = as_service ? parse_service_definitions(body, limits)
                                     : parse_entity_definitions(body, limits);
      if (!parsed) continue;
      ++accepted;
      ASSERT_EQ(unreadable_form(model, parsed->front()), "") << "seed " << seed << ": " << text;
    }
  }
  EXPECT_GT(accepted, 1'000);
}

}  // namespace
}  // namespace scorekeeper::wire

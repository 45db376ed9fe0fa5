#include "wire/entity_definitions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>

#include "wire/entity_relations.h"

namespace scorekeeper::wire {
namespace {

const Limits limits;

Result<std::vector<EntityDefinition>> parse(std::string body) {
  return parse_entity_definitions(body, limits);
}

// The one definition of a body that is good.
EntityDefinition parse_one(std::string body) {
  const auto definitions = parse(body);
  EXPECT_TRUE(definitions.has_value()) << body << ": " << definitions.error().detail;
  if (!definitions) return {};
  EXPECT_EQ(definitions->size(), 1U);
  return definitions->front();
}

// "detail pointer" of each error, joined by " | ".
std::string errors_of(std::string body) {
  const auto definitions = parse(std::move(body));
  if (definitions) return "accepted";
  std::string text = definitions.error().detail + " " + definitions.error().pointer;
  for (const auto& other : definitions.error().others) {
    text += " | " + other.detail + " " + other.pointer;
  }
  return text;
}

constexpr std::string_view recorded_yaml = R"(apiVersion: v3
kind: service
metadata:
  name: shopping-cart
  displayName: Shopping Cart
  tags:
    - tag:value
  links:
    - name: shopping-cart runbook
      type: runbook
      url: https://runbook/shopping-cart
  contacts:
    - name: Support Email
      type: email
      contact: team@shopping.com
  owner: myteam
  additionalOwners:
    - name: opsTeam
      type: operator
integrations:
  opsgenie:
    serviceURL: https://www.opsgenie.com/service/shopping-cart
    region: US
extensions:
  datadoghq.com/shopping-cart:
    customField: customValue
spec:
  lifecycle: production
  tier: "1"
  type: web
  languages:
    - go
    - python
  dependsOn:
    - service:serviceA
    - datastore:prod/orders
datadog:
  performanceData:
    tags:
      - 'service:shopping-cart'
)";

// "from Type to" of each, one a line.
std::string lines_of(const std::vector<Relation>& relations) {
  std::string lines;
  for (const auto& relation : relations) {
    EXPECT_TRUE(is_relation_type(relation.type)) << relation.type;
    lines += relation.from + " " + relation.type.substr(12) + " " + relation.to + "\n";
  }
  return lines;
}

TEST(EntityDefinitions, ReadTheRecordedYaml) {
  const auto definition = parse_one(std::string(recorded_yaml));
  EXPECT_EQ(definition.reference, "service:default/shopping-cart");
  EXPECT_EQ(definition.api_version, "v3");
  EXPECT_EQ(definition.display_name, "Shopping Cart");
  EXPECT_EQ(definition.description, "");
  EXPECT_EQ(definition.attributes, (EntityAttributes{.owner = "myteam",
                                                     .tier = "1",
                                                     .lifecycle = "production",
                                                     .type = "web",
                                                     .languages = {"go", "python"},
                                                     .tags = {"tag:value"}}));
  EXPECT_EQ(lines_of(definition.relations),
            "datastore:prod/orders DependencyOf service:default/shopping-cart\n"
            "service:default/serviceA DependencyOf service:default/shopping-cart\n"
            "service:default/shopping-cart DependsOn datastore:prod/orders\n"
            "service:default/shopping-cart DependsOn service:default/serviceA\n"
            "service:default/shopping-cart OtherOwnedBy team:default/opsTeam\n"
            "service:default/shopping-cart OwnedBy team:default/myteam\n"
            "team:default/myteam Owns service:default/shopping-cart\n"
            "team:default/opsTeam OtherOwns service:default/shopping-cart\n");
  EXPECT_EQ(
      definition.schema,
      R"({"apiVersion":"v3","kind":"service","metadata":{"name":"shopping-cart","namespace":"default","displayName":"Shopping Cart","tags":["tag:value"],"links":[{"name":"shopping-cart runbook","type":"runbook","url":"https://runbook/shopping-cart"}],"contacts":[{"name":"Support Email","type":"email","contact":"team@shopping.com"}],"owner":"myteam","additionalOwners":[{"name":"opsTeam","type":"operator"}]},"integrations":{"opsgenie":{"serviceURL":"https://www.opsgenie.com/service/shopping-cart","region":"US"}},"extensions":{"datadoghq.com/shopping-cart":{"customField":"customValue"}},"spec":{"lifecycle":"production","tier":"1","type":"web","languages":["go","python"],"dependsOn":["service:serviceA","datastore:prod/orders"]},"datadog":{"performanceData":{"tags":["service:shopping-cart"]}}})");
  EXPECT_EQ(definition.raw, recorded_yaml);
  EXPECT_EQ(definition.ingestion_source, "api");
}

// The body of the clients' own tests, with empty members and an id that users cannot choose.
TEST(EntityDefinitions, ReadTheRecordedJson) {
  const std::string body =
      R"({"apiVersion":"v3","datadog":{"codeLocations":[{"paths":[]}],"events":[{}]},"kind":"service","metadata":{"additionalOwners":[{"name":""}],"contacts":[{"contact":"https://slack/","type":"slack"}],"id":"4b163705-23c0-4573-b2fb-f6cea2163fcb","inheritFrom":"application:default/myapp","managed":{"origin":"me"},"name":"myService","tags":["this:tag","that:tag"]},"spec":{"componentOf":[],"dependsOn":[],"languages":[]}})";
  const auto definition = parse_one(body);
  EXPECT_EQ(definition.reference, "service:default/myService");
  EXPECT_EQ(
      definition.schema,
      R"({"apiVersion":"v3","datadog":{"codeLocations":[{"paths":[]}],"events":[{}]},"kind":"service","metadata":{"additionalOwners":[{"name":""}],"contacts":[{"contact":"https://slack/","type":"slack"}],"inheritFrom":"application:default/myapp","name":"myService","namespace":"default","tags":["this:tag","that:tag"]},"spec":{"componentOf":[],"dependsOn":[],"languages":[]}})");
  EXPECT_EQ(definition.raw, body);
  EXPECT_TRUE(definition.relations.empty());
}

std::string yaml(std::string_view more) {
  return "apiVersion: v3\nkind: service\nmetadata:\n  name: a\n" + std::string(more);
}

TEST(EntityDefinitions, MakeTextOfPlainScalarsWhereTextBelongs) {
  const auto definition = parse_one(
      "apiVersion: v3\nkind: Service\nmetadata:\n  name: 404\n  namespace:\n  displayName: true\n"
      "  tags: [1, yes, a:b]\n  description: |\n    two\n    lines\nspec:\n  tier: 1\n"
      "  lifecycle: ~\n  languages: [go, 9.10]\n  extra: 1\nextensions:\n  number: 1\n");
  EXPECT_EQ(definition.reference, "service:default/404");
  EXPECT_EQ(definition.description, "two\nlines\n");
  EXPECT_EQ(definition.attributes.tier, "1");
  EXPECT_EQ(definition.attributes.lifecycle, "");
  EXPECT_EQ(
      definition.schema,
      R"({"apiVersion":"v3","kind":"service","metadata":{"name":"404","namespace":"default","displayName":"true","tags":["1","yes","a:b"],"description":"two\nlines\n"},"spec":{"tier":"1","languages":["go","9.10"],"extra":1},"extensions":{"number":1}})");
}

TEST(EntityDefinitions, KeepTheNamespaceAndLowerTheKind) {
  const struct {
    std::string_view body;
    std::string_view reference;
  } cases[] = {
      {R"({"apiVersion":"v3","kind":"API","metadata":{"name":"GET:/x","namespace":"prod.eu_1"}})",
       "api:prod.eu_1/GET:/x"},
      {R"({"apiVersion":"v3","kind":"my-kind","metadata":{"name":"default/x"}})",
       "my-kind:default/default/x"},
      {R"({"apiVersion":"v2.2","kind":"service","metadata":{"name":"é b"}})",
       "service:default/é b"},
      {"{apiVersion: v3, kind: queue, metadata: {name: flow}}", "queue:default/flow"},
      {"{\"apiVersion\":\"v3\",\"kind\":\"queue\",\"metadata\":{\"name\":\"x\"},}",
       "queue:default/x"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(parse_one(std::string(c.body)).reference, c.reference) << c.body;
  }
}

TEST(EntityDefinitions, ReadEveryListOfReferencesInBothDirections) {
  const auto definition = parse_one(yaml(
      "spec:\n  dependsOn: [service:x, 'service:default/x']\n  dependencyOf: [service:y]\n"
      "  componentOf: [System:s]\n  components: [library:l]\n  implementedBy: ['service:ns/i']\n"));
  EXPECT_EQ(lines_of(definition.relations),
            "library:default/l PartsOf service:default/a\n"
            "service:default/a DependencyOf service:default/y\n"
            "service:default/a DependsOn service:default/x\n"
            "service:default/a HasPart library:default/l\n"
            "service:default/a ImplementedBy service:ns/i\n"
            "service:default/a PartsOf system:default/s\n"
            "service:default/x DependencyOf service:default/a\n"
            "service:default/y DependsOn service:default/a\n"
            "service:ns/i Implements service:default/a\n"
            "system:default/s HasPart service:default/a\n");
}

TEST(EntityDefinitions, OwnersMayBeReferencesOfTeams) {
  const struct {
    std::string_view owner;
    std::string_view handle;
    std::string_view team;
  } cases[] = {{"platform", "platform", "team:default/platform"},
               {"team:platform", "platform", "team:default/platform"},
               {"Team:default/platform", "platform", "team:default/platform"},
               {"team:other/platform", "team:other/platform", "team:other/platform"},
               {"user:ann", "user:ann", "team:default/user:ann"},
               {"E Commerce", "E Commerce", "team:default/E Commerce"}};
  for (const auto& c : cases) {
    const auto definition = parse_one(yaml("  owner: '" + std::string(c.owner) + "'\n"));
    EXPECT_EQ(definition.attributes.owner, c.handle);
    EXPECT_EQ(lines_of(definition.relations), "service:default/a OwnedBy " + std::string(c.team) +
                                                  "\n" + std::string(c.team) +
                                                  " Owns service:default/a\n");
  }
}

TEST(EntityDefinitions, SeveralInABodyKeepTheirOrderAndTheirText) {
  const std::string first = yaml("");
  const std::string second = "kind: queue\napiVersion: v3\nmetadata: {name: b}\n";
  const auto documents = parse("---\n" + first + "---\n" + second + "---\n# nothing\n");
  ASSERT_TRUE(documents);
  ASSERT_EQ(documents->size(), 2U);
  EXPECT_EQ((*documents)[0].raw, first);
  EXPECT_EQ((*documents)[1].raw, second);
  EXPECT_EQ((*documents)[1].reference, "queue:default/b");
  const auto elements = parse(
      R"([{"apiVersion":"v3","kind":"service","metadata":{"name":"a"}}, {"apiVersion":"v3","kind":"queue","metadata":{"name":"b"}}])");
  ASSERT_TRUE(elements);
  ASSERT_EQ(elements->size(), 2U);
  EXPECT_EQ((*elements)[1].raw, R"({"apiVersion":"v3","kind":"queue","metadata":{"name":"b"}})");
}

TEST(EntityDefinitions, MayBeTheTextInOneJsonString) {
  for (const auto* body :
       {R"("apiVersion: v3\nkind: service\nmetadata:\n  name: \"\ud83d\ude00\"\n")",
        R"( "{\"apiVersion\":\"v3\",\"kind\":\"service\",\"metadata\":{\"name\":\"😀\"}}" )"}) {
    EXPECT_EQ(parse_one(body).reference, "service:default/😀") << body;
  }
  EXPECT_EQ(parse_one(R"("apiVersion: v3\nkind: api\nmetadata: {name: a}")").raw,
            "apiVersion: v3\nkind: api\nmetadata: {name: a}");
  EXPECT_EQ(errors_of(R"("")"), "the body holds no definition ");
  EXPECT_EQ(errors_of(R"("\"a: 1\"")"), "a definition must be an object ");
}

TEST(EntityDefinitions, NameWhatIsMissingOrWrong) {
  const struct {
    std::string body;
    std::string_view errors;
  } cases[] = {
      {"{}",
       "attribute \"apiVersion\" is required /apiVersion | attribute \"metadata\" is required "
       "/metadata | attribute \"kind\" is required /kind"},
      {R"({"apiVersion":"v3","kind":"service","metadata":{}})",
       "attribute \"metadata.name\" is required /metadata/name"},
      {R"({"apiVersion":"v3","kind":"service","metadata":{"name":null}})",
       "attribute \"metadata.name\" is required /metadata/name"},
      {R"({"apiVersion":"v3","kind":"service","metadata":{"name":""}})",
       "attribute \"metadata.name\" is required /metadata/name"},
      {R"({"apiVersion":"v3","kind":"service","metadata":{"name":["a"]}})",
       "attribute \"metadata.name\" must be a string /metadata/name"},
      {R"({"apiVersion":"v3","kind":"service","metadata":{"name":"a\nb"}})",
       "attribute \"metadata.name\" must have no control characters /metadata/name"},
      {R"({"apiVersion":"v3","kind":"service","metadata":"a"})",
       "attribute \"metadata\" must be an object /metadata"},
      {R"({"apiVersion":"v4","kind":"service","metadata":{"name":"a"}})",
       "attribute \"apiVersion\" must be one of \"v3 v2.2 v2.1 v2\" /apiVersion"},
      {R"({"apiVersion":"v3","kind":"my_kind","metadata":{"name":"a"}})",
       "attribute \"kind\" must be of the form \"kebab-case\" /kind"},
      {R"({"apiVersion":"v3","kind":"a:b","metadata":{"name":"a"}})",
       "attribute \"kind\" must be of the form \"kebab-case\" /kind"},
      {R"({"apiVersion":"v3","kind":"service","metadata":{"name":"a","namespace":"My Prod"}})",
       "attribute \"metadata.namespace\" must be letters and digits, with \"_\", "
       "\".\" or \"-\" between them /metadata/namespace"},
      {yaml("spec: [1]\n"), "attribute \"spec\" must be an object /spec"},
      {yaml("  tags: a:b\n"), "attribute \"metadata.tags\" must be a list /metadata/tags"},
      {yaml("  tags: [{a: b}, null, \"\"]\n"),
       "attribute \"metadata.tags.0\" must be a string /metadata/tags/0 | attribute "
       "\"metadata.tags.1\" must be a string /metadata/tags/1 | attribute \"metadata.tags.2\" "
       "is required /metadata/tags/2"},
      {yaml("  tags: [\"a\\tb\"]\n"),
       "attribute \"metadata.tags.0\" must have no control characters /metadata/tags/0"},
      {yaml("  owner: \"a\\nb\"\n"),
       "attribute \"metadata.owner\" must have no control characters /metadata/owner"},
      {R"({"apiVersion":"v3","kind":"a","metadata":{"name":"a","description":"\u001b"}})",
       "attribute \"metadata.description\" must have no control characters "
       "/metadata/description"},
      {yaml("spec:\n  dependsOn: [a, 'x:', service:b]\n  componentOf: system:s\n"),
       "attribute \"spec.dependsOn.0\" must be of the form \"kind:name\" /spec/dependsOn/0 | "
       "attribute \"spec.dependsOn.1\" must be of the form \"kind:name\" /spec/dependsOn/1 | "
       "attribute \"spec.componentOf\" must be a list /spec/componentOf"},
      {yaml("  additionalOwners: [a, {name: [b]}]\n"),
       "attribute \"metadata.additionalOwners.0\" must be an object "
       "/metadata/additionalOwners/0 | attribute \"metadata.additionalOwners.1.name\" must be a "
       "string /metadata/additionalOwners/1/name"},
      {yaml("---\n{}\n"),
       "attribute \"apiVersion\" is required /1/apiVersion | attribute \"metadata\" is required "
       "/1/metadata | attribute \"kind\" is required /1/kind"},
  };
  for (const auto& c : cases) EXPECT_EQ(errors_of(c.body), c.errors) << c.body;
}

// A null that is taken out must not move the members that are read after it.
TEST(EntityDefinitions, TakeANullForAbsentWhereverItStands) {
  EXPECT_EQ(errors_of(R"({"apiVersion":"v3","kind":null,"metadata":{"name":"a"}})"),
            "attribute \"kind\" is required /kind");
  EXPECT_EQ(errors_of(R"({"apiVersion":"v3","kind":null,"metadata":{"name":"a"},"spec":{}})"),
            "attribute \"kind\" is required /kind");
  const auto whole =
      parse_one(R"({"apiVersion":"v3","kind":"service","metadata":{"name":"a","additionalOwners":[)"
                R"({"name":"b"}]},"spec":{"tier":"1"},"extensions":{"a":null}})");
  const auto nulls = parse_one(
      R"({"datadog":null,"apiVersion":"v3","integrations":null,"kind":"service","metadata":)"
      R"({"tags":null,"name":"a","owner":null,"additionalOwners":[{"type":null,"name":"b"}]},)"
      R"("spec":{"type":null,"tier":"1","dependsOn":null},"extensions":{"a":null}})");
  EXPECT_EQ(nulls.schema, whole.schema);
  EXPECT_EQ(nulls.attributes, whole.attributes);
  EXPECT_EQ(nulls.relations, whole.relations);
}

TEST(EntityDefinitions, RefuseBodiesThatHoldNone) {
  const struct {
    std::string body;
    std::string_view errors;
  } cases[] = {
      {"", "the body holds no definition "},
      {" \n# nothing\n", "the body holds no definition "},
      {"[]", "the body holds no definition "},
      {"text", "a definition must be an object "},
      {"--- ~\n", "a definition must be an object "},
      {"[1,{}]", "a definition must be an object /0"},
      {"[[{}]]", "a definition must be an object "},
      {"{\"a\":", "malformed JSON at byte 5: expected a value "},
      {"{\"a\":1,\"b\":{\"c\":1,\"c\":2}}", "member \"c\" occurs twice /b/c"},
      {"a: 1\na: 2\n", "malformed YAML at line 1, column 1: member \"a\" occurs twice "},
      {"a: [\n", "malformed YAML at line 2, column 1: end of sequence flow not found "},
      {std::string("{\"a\":\"\0\"}", 9),
       "malformed JSON at byte 6: control character in a string "},
  };
  for (const auto& c : cases) EXPECT_EQ(errors_of(c.body), c.errors) << c.body;
}

TEST(EntityDefinitions, RefuseNumbersThatNoDoubleCanHold) {
  const auto json = [](const std::string& number) {
    return R"({"apiVersion":"v3","kind":"service","metadata":{"name":"a"},"extensions":{"x":[)" +
           number + "]}}";
  };
  const auto yaml = [](const std::string& number) {
    return "apiVersion: v3\nkind: service\nmetadata:\n  name: a\nextensions:\n  x: [" + number +
           "]\n";
  };
  for (const auto* good : {"1e308", "-1.7e308", "1e-999", "0", "123456789012345678901234567890"}) {
    EXPECT_EQ(errors_of(json(good)), "accepted") << good;
    EXPECT_EQ(errors_of(yaml(good)), "accepted") << good;
  }
  for (const auto* bad : {"1e309", "-1e309", "1e999999999", "1.8e308"}) {
    const auto error = std::string("the number ") + bad +
                       " of a definition is too large: a number must be within the range of a "
                       "double, up to 1.7e308 ";
    EXPECT_EQ(errors_of(json(bad)), error);
    EXPECT_EQ(errors_of(yaml(bad)), error);
    EXPECT_EQ(errors_of("[" + json("1") + "," + json(bad) + "]"), error + "/1");
  }
  EXPECT_EQ(errors_of(json(std::string(400, '9'))),
            "the number " + std::string(40, '9') +
                "… of a definition is too large: a number must be within the range of a double, "
                "up to 1.7e308 ");
}

TEST(EntityDefinitions, HaveBounds) {
  const auto repeat = [](std::size_t count, std::string_view text) {
    std::string repeated;
    for (std::size_t i = 0; i < count; ++i) repeated += text;
    return repeated;
  };
  EXPECT_EQ(errors_of(yaml("  tags: [" + repeat(100, "x,") + "]\n")), "accepted");
  EXPECT_EQ(errors_of(yaml("  tags: [" + repeat(101, "x,") + "]\n")),
            "attribute \"metadata.tags\" must have at most 100 elements /metadata/tags");
  EXPECT_EQ(errors_of(yaml("  displayName: " + repeat(255, "é") + "\n  description: " +
                           repeat(4'096, "é") + "\n  owner: " + repeat(255, "é") + "\n")),
            "accepted");
  EXPECT_EQ(errors_of(yaml("  owner: " + repeat(256, "é") + "\n")),
            "attribute \"metadata.owner\" must have at most 255 characters /metadata/owner");
  EXPECT_EQ(errors_of(yaml("  displayName: " + repeat(256, "é") + "\n")),
            "attribute \"metadata.displayName\" must have at most 255 characters "
            "/metadata/displayName");
  EXPECT_EQ(errors_of(yaml("  description: " + repeat(4'097, "x") + "\n")),
            "attribute \"metadata.description\" must have at most 4096 characters "
            "/metadata/description");
  EXPECT_EQ(
      errors_of("apiVersion: v3\nkind: service\nmetadata: {name: " + repeat(1'008, "x") + "}"),
      "accepted");
  EXPECT_EQ(
      errors_of("apiVersion: v3\nkind: service\nmetadata: {name: " + repeat(1'009, "x") + "}"),
      "attribute \"metadata.name\" must make a reference of at most 1024 bytes "
      "/metadata/name");
  EXPECT_EQ(errors_of(yaml("spec: {dependsOn: [" + repeat(1'001, "service:x,") + "]}\n")),
            "attribute \"spec.dependsOn\" must have at most 1000 elements /spec/dependsOn");
  EXPECT_EQ(errors_of(yaml("spec: {dependsOn: ['service:" + repeat(1'010, "x") + "']}\n")),
            "attribute \"spec.dependsOn.0\" must have at most 1024 bytes /spec/dependsOn/0");
  EXPECT_EQ(errors_of(yaml("extensions: {a: " + repeat(limits.definition_bytes_max, "x") + "}\n")),
            "a definition must have at most 262144 bytes ");
  EXPECT_EQ(errors_of(R"({"a":")" + repeat(limits.definition_bytes_max, "x") + R"("})"),
            "a definition must have at most 262144 bytes ");
  EXPECT_EQ(errors_of(repeat(3, "---\na: [" + repeat(70'000, "1,") + "]\n")),
            "the body must have at most 200000 values ");
  EXPECT_EQ(
      errors_of(yaml("extensions: {a: '" + repeat(limits.definition_bytes_max / 5, "<") + "'}\n")),
      "a definition must have at most 262144 bytes ");
  EXPECT_EQ(errors_of(repeat(100, "---\n" + yaml(""))), "accepted");
  EXPECT_EQ(errors_of(repeat(101, "---\n" + yaml(""))),
            "the body must have at most 100 definitions ");
  EXPECT_EQ(errors_of("[" + repeat(100, "{},") + "{}]"),
            "the body must have at most 100 definitions ");
  EXPECT_EQ(errors_of("{\"a\":" + repeat(24, "[") + repeat(24, "]") + "}"),
            "a definition must be nested at most 24 deep ");
  EXPECT_EQ(std::ranges::count(errors_of("[" + repeat(99, "{},") + "{}]"), '|'), 49);
}

TEST(EntityDefinitions, HaveABoundOfYamlBeforeItIsRead) {
  std::string body;
  while (body.size() + 100'100 < yaml_bytes_max) {
    body += "---\n" + yaml("") + std::string(100'000, '\n');
  }
  body.append(yaml_bytes_max - body.size(), '\n');
  EXPECT_EQ(errors_of(body), "accepted");
  // Refused before anybody sees that a document is not good.
  body.back() = '[';
  body += '\n';
  const auto refused = parse_entity_definitions(body, limits);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(),
            make_error(Code::too_large,
                       "the YAML of one request has at most 2097152 bytes: send JSON, or several "
                       "requests"));
  std::string json = "[";
  for (int n = 0; n < 9; ++n) {
    json += std::string(n == 0 ? "" : ",") +
            R"({"apiVersion":"v3","kind":"queue","metadata":{"name":"a)" + std::to_string(n) +
            R"("},"extensions":{"x":")" + std::string(250'000, 'x') + R"("}})";
  }
  json += "]";
  EXPECT_TRUE(parse_entity_definitions(json, limits));
}

TEST(EntityDefinitions, AreNotReadForAClientThatIsGone) {
  const auto gone = std::make_shared<const std::atomic<bool>>(true);
  for (std::string body : {R"({"apiVersion":"v3","kind":"queue","metadata":{"name":"a"}})",
                           "apiVersion: v3\nkind: queue\nmetadata: {name: a}\n"}) {
    EXPECT_TRUE(parse_entity_definitions(body, limits));
    const auto refused = parse_entity_definitions(body, limits, nullptr, nullptr, gone);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), make_error(Code::unavailable, "the client is gone"));
  }
}

}  // namespace
}  // namespace scorekeeper::wire

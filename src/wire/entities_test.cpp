#include "wire/entities.h"

#include <gtest/gtest.h>

#include "json/syntax.h"
#include "wire/base64.h"

namespace scorekeeper::wire {
namespace {

EntityItem item() {
  EntityItem made;
  made.id = "a8dc4f88-79da-454d-934f-816d0ee462dc";
  auto& definition = made.entity.definition;
  definition.reference = "service:default/cart";
  definition.api_version = "v3";
  definition.display_name = "Shopping Cart";
  definition.attributes.owner = "myteam";
  definition.attributes.tags = {"tag:value"};
  definition.schema =
      R"({"apiVersion":"v3","kind":"service","metadata":{"name":"cart","namespace":"default","owner":"myteam"},"spec":{"tier":"1"}})";
  definition.raw = "kind: service\n";
  definition.ingestion_source = "api";
  made.entity.created_at = time_of_microseconds(1'724'341'994'540'496);
  made.entity.modified_at = time_of_microseconds(1'724'341'995'000'000);
  return made;
}

EntityItem discovered() {
  EntityItem made;
  made.id = "58116530-3315-44f6-ab00-a03086465842";
  made.entity.definition.reference = "queue:prod/orders";
  made.defined = false;
  return made;
}

ListedRelation relation() {
  return {.relation = {.type = "RelationTypeOwnedBy",
                       .from = "service:default/cart",
                       .to = "team:default/myteam"},
          .defined_by = "service:default/cart",
          .created_at = time_of_microseconds(0),
          .modified_at = time_of_microseconds(1'000'000)};
}

constexpr std::string_view head =
    R"({"id":"a8dc4f88-79da-454d-934f-816d0ee462dc","type":"entity","attributes":{"apiVersion":"v3","displayName":"Shopping Cart","kind":"service","name":"cart","namespace":"default","owner":"myteam","tags":["tag:value"]},)";
constexpr std::string_view meta =
    R"("meta":{"createdAt":"2024-08-22T15:53:14.540496Z","modifiedAt":"2024-08-22T15:53:15Z","ingestionSource":"api","origin":"unknown"}})";
constexpr std::string_view included_schema =
    R"({"id":"a8dc4f88-79da-454d-934f-816d0ee462dc","type":"schema","attributes":{"schema":{"apiVersion":"v3","kind":"service","metadata":{"name":"cart","namespace":"default","owner":"myteam","managed":{"origin":{"origin":"unknown"},"ingestionSource":"api","createdAt":"2024-08-22T15:53:14.540496Z","modifiedAt":"2024-08-22T15:53:15Z"}},"spec":{"tier":"1"}}}})";
const CatalogLinks links{.self = "/l?page%5Boffset%5D=2",
                         .next = "/l?page%5Boffset%5D=4",
                         .previous = "/l?page%5Boffset%5D=0"};
constexpr std::string_view links_text =
    R"("links":{"next":"/l?page%5Boffset%5D=4","previous":"/l?page%5Boffset%5D=0","self":"/l?page%5Boffset%5D=2"})";

std::string join(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const auto part : parts) text += part;
  return text;
}

TEST(EntityDocument, OfAnUpsertHasTheRecordedBytes) {
  const EntityItem items[] = {item()};
  EXPECT_EQ(
      write_accepted_entities(items),
      join(
          {R"({"data":[)", head,
           R"("relationships":{"schema":{"data":{"id":"a8dc4f88-79da-454d-934f-816d0ee462dc","type":"schema"}}},)",
           meta, R"(],"meta":{"count":1,"includeCount":1},"included":[)", included_schema, "]}"}));
}

TEST(EntityDocument, OfAPreviewCallsEntitiesByTheirReference) {
  const EntityDefinition definitions[] = {item().entity.definition};
  const auto text = write_entity_preview(definitions, {}, time_of_microseconds(0));
  EXPECT_TRUE(text.starts_with(
      R"({"data":[{"id":"service:default/cart","type":"entity","attributes":{"apiVersion":"v3",)"))
      << text;
  EXPECT_NE(text.find(R"("included":[{"id":"service:default/cart","type":"schema",)"),
            std::string::npos);
}

TEST(EntityList, IncludesOnlyWhatIsAskedFor) {
  const EntityItem items[] = {item()};
  EXPECT_EQ(write_entity_list(items, {}, links),
            join({R"({"data":[)", head, meta, R"(],"meta":{"count":1,"includeCount":0},)",
                  links_text, "}"}));
  EXPECT_EQ(write_entity_list({}, {}, {.self = "/l", .next = {}, .previous = {}}),
            R"({"data":[],"meta":{"count":0,"includeCount":0},"links":{"self":"/l"}})");
  EntityListQuery raw;
  raw.include_raw_schema = true;
  EXPECT_EQ(
      write_entity_list(items, raw, links),
      join(
          {R"({"data":[)", head,
           R"("relationships":{"rawSchema":{"data":{"id":"a8dc4f88-79da-454d-934f-816d0ee462dc","type":"rawSchema"}}},)",
           meta, R"(],"meta":{"count":1,"includeCount":1},)", links_text,
           R"(,"included":[{"id":"a8dc4f88-79da-454d-934f-816d0ee462dc","type":"rawSchema","attributes":{"rawSchema":"a2luZDogc2VydmljZQo="}}]})"}));
}

TEST(EntityList, IncludesRelatedEntitiesAndEmptyListsOfWhatThereIsNone) {
  EntityItem items[] = {item()};
  items[0].relations = {relation()};
  EntityListQuery query;
  query.include_schema = true;
  query.include_relation = true;
  query.include_oncall = true;
  query.include_incident = true;
  EXPECT_EQ(
      write_entity_list(items, query, links),
      join(
          {R"({"data":[)", head,
           R"("relationships":{"incidents":{"data":[]},"oncall":{"data":[]},"relatedEntities":{"data":[{"id":"service:default/cart:RelationTypeOwnedBy:team:default/myteam","type":"relatedEntity"}]},"schema":{"data":{"id":"a8dc4f88-79da-454d-934f-816d0ee462dc","type":"schema"}}},)",
           meta, R"(],"meta":{"count":1,"includeCount":2},)", links_text, R"(,"included":[)",
           included_schema,
           R"(,{"id":"service:default/cart:RelationTypeOwnedBy:team:default/myteam","type":"relatedEntity","attributes":{"kind":"team","name":"myteam","namespace":"default","type":"RelationTypeOwnedBy"},"meta":{"createdAt":"1970-01-01T00:00:00Z","defined_by":"service:default/cart","modifiedAt":"1970-01-01T00:00:01Z","source":"schema"}}]})"}));
}

TEST(EntityList, ShowsDiscoveredEntitiesWithoutASchema) {
  const EntityItem items[] = {discovered()};
  EntityListQuery query;
  query.include_schema = true;
  query.include_raw_schema = true;
  EXPECT_EQ(
      write_entity_list(items, query, {.self = "/l", .next = {}, .previous = {}}),
      R"({"data":[{"id":"58116530-3315-44f6-ab00-a03086465842","type":"entity","attributes":{"kind":"queue","name":"orders","namespace":"prod"},"meta":{"createdAt":"1970-01-01T00:00:00Z","modifiedAt":"1970-01-01T00:00:00Z","ingestionSource":"discovered","origin":"unknown"}}],"meta":{"count":1,"includeCount":0},"links":{"self":"/l"},"included":[]})");
}

TEST(RelationList, HasTheRecordedBytes) {
  const ListedRelation items[] = {relation()};
  EXPECT_EQ(
      write_relation_list(items, {}, {}, links),
      join(
          {R"({"data":[{"id":"service:default/cart:RelationTypeOwnedBy:team:default/myteam","type":"relation","attributes":{"from":{"kind":"service","name":"cart","namespace":"default"},"to":{"kind":"team","name":"myteam","namespace":"default"},"type":"RelationTypeOwnedBy"},"meta":{"createdAt":"1970-01-01T00:00:00Z","modifiedAt":"1970-01-01T00:00:01Z","source":"schema","definedBy":"service:default/cart"}}],"meta":{"count":1,"includeCount":0},)",
           links_text, "}"}));
}

TEST(RelationList, IncludesTheEntitiesThatAreKnown) {
  const ListedRelation items[] = {relation()};
  const EntityItem entities[] = {item()};
  RelationListQuery query;
  query.include_entity = true;
  query.include_schema = true;
  const auto text = write_relation_list(items, entities, query, links);
  EXPECT_NE(
      text.find(
          R"(},"relationships":{"fromEntity":{"data":{"id":"a8dc4f88-79da-454d-934f-816d0ee462dc","type":"entity"}}},"meta":{)"),
      std::string::npos)
      << text;
  EXPECT_TRUE(text.ends_with(join(
      {R"("meta":{"count":1,"includeCount":2},)", links_text, R"(,"included":[)", head,
       R"("relationships":{"schema":{"data":{"id":"a8dc4f88-79da-454d-934f-816d0ee462dc","type":"schema"}}},)",
       meta, ",", included_schema, "]}"})))
      << text;
  query.include_schema = false;
  EXPECT_NE(write_relation_list(items, entities, query, links).find(R"("includeCount":1)"),
            std::string::npos);
  EXPECT_FALSE(json::find_syntax_error(text));
}

// The clients read included schemas as entities: none is left out, of whatever kind.
TEST(RelationList, IncludesSchemasOfAnyKind) {
  const ListedRelation items[] = {relation()};
  EntityItem library = item();
  library.entity.definition.reference = "library:default/cart";
  library.entity.definition.schema =
      R"({"apiVersion":"v3","kind":"library","metadata":{"name":"cart"}})";
  RelationListQuery query;
  query.include_schema = true;
  const auto text = write_relation_list(items, {&library, 1}, query, links);
  EXPECT_TRUE(text.contains(R"("includeCount":1)")) << text;
  EXPECT_TRUE(text.contains(R"("type":"schema","attributes":{"schema":{"apiVersion":"v3",)"
                            R"("kind":"library")"))
      << text;
}

Result<Kind> parse(std::string body) { return parse_kind(body, Limits()); }

TEST(Kinds, AreReadFromJsonAndYaml) {
  const Kind kind{.name = "my-kind",
                  .display_name = "My kind",
                  .description = "D",
                  .created_at = {},
                  .modified_at = {}};
  EXPECT_EQ(*parse(R"({"kind":"my-kind","displayName":"My kind","description":"D","x":1})"), kind);
  EXPECT_EQ(*parse("kind: my-kind\ndisplayName: My kind\ndescription: D\n"), kind);
  EXPECT_EQ(parse(R"({"kind":"a"})")->display_name, "");
}

TEST(Kinds, NameWhatIsWrong) {
  const struct {
    std::string_view body;
    Error error;
  } cases[] = {
      {"{}", invalid("attribute \"kind\" is required", "/kind")},
      {R"({"kind":"My-kind"})",
       invalid("attribute \"kind\" must be of the form \"kebab-case\"", "/kind")},
      {R"({"kind":"a:b"})",
       invalid("attribute \"kind\" must be of the form \"kebab-case\"", "/kind")},
      {R"({"kind":"a-"})",
       invalid("attribute \"kind\" must be of the form \"kebab-case\"", "/kind")},
      {R"({"kind":"a","displayName":[]})",
       invalid("attribute \"displayName\" must be a string", "/displayName")},
      {R"([{"kind":"a"},{"kind":"b"}])", invalid("the body must have one kind")},
      {"", invalid("the body holds no definition")},
  };
  for (const auto& c : cases) {
    const auto kind = parse(std::string(c.body));
    ASSERT_FALSE(kind) << c.body;
    EXPECT_EQ(kind.error(), c.error) << c.body;
  }
}

TEST(Kinds, AreWrittenWithoutWhatIsEmpty) {
  const Kind kinds[] = {{.name = "a",
                         .display_name = "A",
                         .description = "D",
                         .created_at = time_of_microseconds(0),
                         .modified_at = time_of_microseconds(1'000'000)},
                        {.name = "b", .display_name = {}, .description = {}}};
  EXPECT_EQ(
      write_kinds(kinds),
      R"({"data":[{"id":"a","type":"kind","attributes":{"description":"D","displayName":"A","name":"a"},"meta":{"createdAt":"1970-01-01T00:00:00Z","modifiedAt":"1970-01-01T00:00:01Z"}},{"id":"b","type":"kind","attributes":{"name":"b"},"meta":{"createdAt":"1970-01-01T00:00:00Z","modifiedAt":"1970-01-01T00:00:00Z"}}],"meta":{"count":2}})");
}

TEST(Base64, IsThatOfRfc4648) {
  const struct {
    std::string_view bytes;
    std::string_view text;
  } cases[] = {{"", ""},
               {"f", "Zg=="},
               {"fo", "Zm8="},
               {"foo", "Zm9v"},
               {"foob", "Zm9vYg=="},
               {"fooba", "Zm9vYmE="},
               {"foobar", "Zm9vYmFy"},
               {"\xff\xfe\xfd", "//79"}};
  for (const auto& c : cases) EXPECT_EQ(write_base64(c.bytes), c.text);
}

}  // namespace
}  // namespace scorekeeper::wire

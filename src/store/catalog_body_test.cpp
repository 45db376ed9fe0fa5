#include "store/catalog_body.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "json/tree.h"
#include "store/catalog_members.h"
#include "store/log_record.h"

namespace scorekeeper::store {
namespace {

const Time some_time = time_of_microseconds(1'790'000'000'120'000);

// The change as a reader of its body sees it.
ResourceChange as_read(ResourceChange change) {
  const auto both = [](auto& changed, auto make) {
    if (changed.before) make(*changed.before);
    if (changed.after) make(*changed.after);
  };
  if (auto* entity = std::get_if<Changed<CatalogEntity>>(&change)) {
    both(*entity, [](CatalogEntity& one) {
      if (!one.definition || one.definition->definition.raw.empty()) return;
      one.definition->definition.raw = stand_in(digest_of(one.definition->definition.raw));
    });
  } else if (auto* key = std::get_if<Changed<Key>>(&change)) {
    both(*key, [](Key& one) { one.org = {}, one.hash = {}; });
  } else if (auto* rule = std::get_if<Changed<CatalogRule>>(&change)) {
    both(*rule, [](CatalogRule& one) {
      one.scorecard.description.clear();
      one.scorecard.created_at = one.scorecard.modified_at = {};
    });
  }
  return change;
}

// Its events, with nothing of the text of a definition.
std::vector<AuditEvent> told(const ResourceChange& change) {
  auto events = events_of({.org = {1}, .changes = {change}}, {});
  for (auto& event : events) {
    for (auto* fields : {&event.before, &event.after}) {
      for (auto& field : *fields) {
        if (field.name == "raw") field.value.clear();
      }
    }
  }
  return events;
}

// Writes them in bodies, reads each; returns the bodies.
std::vector<CatalogBody> check(const std::vector<ResourceChange>& changes) {
  const auto bodies = write_catalog_bodies(changes);
  std::size_t at = 0;
  for (const auto& body : bodies) {
    const auto read = read_catalog_body(body.json);
    EXPECT_TRUE(read) << read.error().detail << '\n' << body.json;
    if (!read) return bodies;
    EXPECT_EQ(read->size(), body.count);
    EXPECT_EQ(write_catalog_body(*read), body.json);
    for (std::size_t i = 0; i < read->size() && at < changes.size(); ++i, ++at) {
      const auto& one = read->at(i);
      EXPECT_TRUE(one && *one == as_read(changes[at])) << body.json;
      EXPECT_EQ(told(*one), told(changes[at])) << body.json;
      const auto alone = read_catalog_change(body.json, i);
      EXPECT_TRUE(alone && *alone == one);
    }
    EXPECT_FALSE(read_catalog_change(body.json, read->size()));
  }
  EXPECT_EQ(at, changes.size());
  return bodies;
}
std::string check_one(const ResourceChange& change) {
  const auto bodies = check({change});
  return bodies.size() == 1 ? bodies.front().json : "";
}

Scorecard some_scorecard() {
  return {.number = {3},
          .id = "abcdefghijkl",
          .name = "Ownership",
          .description = "\"who\"",
          .created_at = some_time,
          .modified_at = some_time};
}

CatalogRule some_rule() {
  Rule rule;
  rule.number = {7};
  rule.id = "abcdefghijklmnop";
  rule.scorecard = {3};
  rule.name = "Has an owner";
  rule.created_at = rule.modified_at = some_time;
  return {.rule = rule, .scorecard = some_scorecard()};
}

CatalogEntity some_entity() {
  DefinedEntity defined;
  defined.number = {12};
  defined.created_at = defined.modified_at = some_time;
  defined.definition.reference = "service:default/a";
  defined.definition.api_version = "v3";
  defined.definition.attributes.owner = "team-a";
  defined.definition.attributes.tags = {"x:y", "z"};
  defined.definition.attributes.systems = {"shop"};
  defined.definition.relations = {{.type = std::string(part_of_relation),
                                   .from = "service:default/a",
                                   .to = "system:default/shop"}};
  defined.definition.schema = R"({"kind":"service","spec":{"n":[1.50,true,null]}})";
  defined.definition.raw = "kind: service\n";
  defined.definition.ingestion_source = "api";
  return {.number = {12},
          .reference = "service:default/a",
          .discovered_at = std::nullopt,
          .definition = defined};
}

TEST(CatalogBody, HasWhatIsThereAndWhatWasDifferent) {
  auto before = some_scorecard();
  before.name = "Owners";
  EXPECT_EQ(check_one(Changed<Scorecard>{.before = before, .after = some_scorecard()}),
            R"([{"resource":"scorecard","id":"abcdefghijkl","action":"updated",)"
            R"("before":{"name":"Owners"},)"
            R"("after":{"number":3,"name":"Ownership","description":"\"who\"",)"
            R"("created_at":"2026-09-21T14:13:20.120000Z",)"
            R"("modified_at":"2026-09-21T14:13:20.120000Z"}}])");
  EXPECT_EQ(check_one(Changed<CatalogRule>{.before = {}, .after = some_rule()}),
            R"([{"resource":"rule","id":"abcdefghijklmnop","action":"created",)"
            R"("after":{"number":7,"name":"Has an owner","scorecard_number":3,)"
            R"("scorecard_id":"abcdefghijkl","scorecard_name":"Ownership","description":"",)"
            R"("owner":"","scope_query":"","enabled":true,"level":3,)"
            R"("created_at":"2026-09-21T14:13:20.120000Z",)"
            R"("modified_at":"2026-09-21T14:13:20.120000Z"}}])");
  const Kind kind{.name = "job", .display_name = "Job", .description = {}};
  EXPECT_EQ(check_one(Changed<Kind>{.before = kind, .after = {}}),
            R"([{"resource":"kind","id":"job","action":"deleted",)"
            R"("before":{"display_name":"Job","description":"",)"
            R"("created_at":"1970-01-01T00:00:00.000000Z",)"
            R"("modified_at":"1970-01-01T00:00:00.000000Z"}}])");
}

TEST(CatalogBody, HasTheDefinitionOfAnEntityButForItsText) {
  const auto entity = some_entity();
  auto discovered = entity;
  discovered.definition.reset();
  const auto body = check_one(Changed<CatalogEntity>{.before = discovered, .after = entity});
  EXPECT_EQ(
      body,
      R"([{"resource":"entity","id":"service:default/a","action":"created",)"
      R"("before":{"schema":null},)"
      R"("after":{"number":12,"api_version":"v3","display_name":"","description":"",)"
      R"("owner":"team-a","tier":"","lifecycle":"","type":"","languages":[],)"
      R"("tags":["x:y","z"],"relations":[{"type":"RelationTypePartsOf",)"
      R"("from":"service:default/a","to":"system:default/shop"}],)"
      R"("schema":{"kind":"service","spec":{"n":[1.50,true,null]}},)"
      R"("raw_sha256":"0e5866d3cb9c43b99e820189375c95224ed734f5b4034bf5bcb3b39394c8c090","raw_bytes":14,"ingestion_source":"api",)"
      R"("created_at":"2026-09-21T14:13:20.120000Z",)"
      R"("modified_at":"2026-09-21T14:13:20.120000Z"}}])");
  EXPECT_NE(check_one(Changed<CatalogEntity>{.before = entity, .after = discovered})
                .find(R"("action":"deleted","before":{"api_version":"v3",)"),
            std::string::npos);
  // The text alone, of the same length; another one; none.
  for (const auto* raw : {"kind: servicE\n", "kind: \"service\"\n", ""}) {
    auto after = entity;
    after.definition->definition.raw = raw;
    EXPECT_NE(
        check_one(Changed<CatalogEntity>{.before = entity, .after = after})
            .find(
                R"("before":{"raw_sha256":"0e5866d3cb9c43b99e820189375c95224ed734f5b4034bf5bcb3b39394c8c090")"),
        std::string::npos);
  }
  // A text that is no compact JSON is kept as it is.
  for (const auto* schema : {"", "{\"a\": 1}", "{", "[]", "1", "{\"a\":\"<\"}"}) {
    auto after = entity;
    after.definition->definition.schema = schema;
    check_one(Changed<CatalogEntity>{.before = entity, .after = after});
    check_one(Changed<CatalogEntity>{.before = after, .after = {}});
  }
}

// The committer is told what takes long to find out, and writes the same.
TEST(CatalogBody, WhatIsNotedOfTheTextsIsNotFoundOutAgain) {
  CatalogEntity entity{
      .number = {1}, .reference = "service:default/a", .discovered_at = {}, .definition = {}};
  for (const auto* const schema : {R"({"a":1})", R"({"a": 1})", "no JSON", ""}) {
    entity.definition.emplace();
    auto& definition = entity.definition->definition;
    definition.schema = schema;
    definition.raw = schema;
    const auto write = [&] {
      const std::vector<ResourceChange> changes{
          Changed<CatalogEntity>{.before = std::nullopt, .after = entity}};
      return write_catalog_bodies(changes).front().json;
    };
    const auto unknown = write();
    note_texts(definition);
    EXPECT_EQ(write(), unknown);
    definition.noted.schema_is_compact = !definition.noted.schema_is_compact;
    EXPECT_NE(write(), unknown);
  }
}

TEST(CatalogBody, TellsARevocation) {
  Key before;
  before.id = {5};
  before.org = {1};
  before.kind = KeyKind::personal;
  before.name = "ci";
  before.hash.fill(std::byte{0xab});
  before.scopes.add(Scope::apm_service_catalog_write);
  before.scopes.add(Scope::cases_read);
  auto after = before;
  after.revoked_at = some_time;
  EXPECT_EQ(check_one(Changed<Key>{.before = before, .after = after}),
            R"([{"resource":"token","id":"5","action":"revoked","before":{"revoked_at":null},)"
            R"("after":{"name":"ci","kind":"personal","owner":"",)"
            R"("scopes":["apm_service_catalog_write","cases_read"],)"
            R"("created_at":"1970-01-01T00:00:00.000000Z",)"
            R"("revoked_at":"2026-09-21T14:13:20.120000Z"}}])");
  const auto events = told(Changed<Key>{.before = before, .after = after});
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].action, AuditAction::revoked);
  EXPECT_EQ(events[0].before, AuditFields());
  EXPECT_EQ(events[0].after, (AuditFields{{"revoked_at", "2026-09-21T14:13:20.12Z"}}));
}

TEST(CatalogBody, IsCutAsRecordsAre) {
  EXPECT_TRUE(write_catalog_bodies({}).empty());
  const ResourceChange small = Changed<Kind>{.before = {}, .after = Kind()};
  const auto bodies = check(std::vector(40, small));
  ASSERT_GT(bodies.size(), 0U);
  std::size_t count = 0;
  for (const auto& body : bodies) {
    count += body.count;
    const auto read = read_catalog_body(body.json);
    const auto without = write_catalog_body({read->begin(), read->end() - 1});
    EXPECT_LT(without.size(), record_body_bytes);
    EXPECT_TRUE(&body == &bodies.back() || body.json.size() >= record_body_bytes);
  }
  EXPECT_EQ(count, 40U);
}

TEST(CatalogBody, KeepsThePlacesOfChangesThatAreGone) {
  const ResourceChange change = Changed<Scorecard>{.before = {}, .after = some_scorecard()};
  const auto body = write_catalog_body({std::nullopt, change, std::nullopt});
  EXPECT_TRUE(body.starts_with("[null,{") && body.ends_with("},null]"));
  EXPECT_EQ(*read_catalog_body(body), (CatalogBodyChanges{std::nullopt, change, std::nullopt}));
  EXPECT_EQ(*read_catalog_change(body, 0), std::nullopt);
  EXPECT_EQ(*read_catalog_change(body, 1), change);
}

TEST(CatalogBody, HoldsMoreThanWhatOneDocumentMayHave) {
  std::string schema = R"({"a":[)";
  for (std::size_t i = 0; i < tree_values_max; ++i) schema += "1,";
  auto entity = some_entity();
  entity.definition->definition.schema = schema + "1]}";
  check_one(Changed<CatalogEntity>{.before = some_entity(), .after = entity});
}

TEST(CatalogBody, RefusesOtherBytes) {
  const auto refusal = [](const std::string& body) {
    const auto read = read_catalog_body(body);
    return read ? "accepted" : read.error().detail;
  };
  const std::string prefix = "a record of the catalog has a malformed body: ";
  const auto change = [](std::string_view members, std::string_view rest) {
    return R"([{"resource":"kind",)" + std::string(members) + R"({"display_name":"",)" +
           R"("description":"","created_at":"1970-01-01T00:00:00.000000Z",)" + std::string(rest) +
           "}}]";
  };
  const std::string created = R"("id":"a","action":"created","after":)";
  const std::string modified = R"("modified_at":"1970-01-01T00:00:00.000000Z")";
  EXPECT_EQ(refusal(change(created, modified)), "accepted");
  EXPECT_EQ(refusal(change(created, R"("modified_at":null)")), prefix + "member \"modified_at\"");
  EXPECT_EQ(refusal(change(created, R"("more":1)")), prefix + "member \"modified_at\"");
  for (const auto* time : {"1970-01-01T00:00:00Z", "1970-02-30T00:00:00.000000Z",
                           "1970-01-01T24:00:00.000000Z", "1970-01-01 00:00:00.000000Z"}) {
    EXPECT_EQ(refusal(change(created, R"("modified_at":")" + std::string(time) + "\"")),
              prefix + "member \"modified_at\"")
        << time;
  }
  EXPECT_EQ(refusal(change(R"("id":"a","action":"deleted","after":)", modified)),
            prefix + "action");
  EXPECT_EQ(refusal(change(R"("id":1,"action":"created","after":)", modified)), prefix + "id");
  EXPECT_EQ(refusal(change(R"("id":"a","action":"created","x":)", modified)),
            prefix + "before and after");
  EXPECT_EQ(refusal(change(R"("id":"a","action":"updated","before":[],"after":)", modified)),
            prefix + "before or after");
  EXPECT_EQ(refusal(R"([{"resource":"x","id":"a","action":"created","after":{}}])"),
            prefix + "resource");
  for (const auto* id : {"", "service", "service:a", "default/a"}) {
    EXPECT_EQ(refusal(R"([{"resource":"entity","id":")" + std::string(id) +
                      R"(","action":"deleted","before":{"number":1}}])"),
              prefix + "id");
  }
  for (const auto* id : {"", "01", "-1", "x", "4294967296"}) {
    EXPECT_EQ(refusal(R"([{"resource":"org","id":")" + std::string(id) +
                      R"(","action":"created","after":{}}])"),
              prefix + "id");
  }
  for (const auto* body : {"", "{}", "[1]", "[{}]", "[null", "[null,]", "null", "[] []"}) {
    EXPECT_NE(refusal(body), "accepted") << body;
  }
}

// --- any change

std::string any_text() {
  static const std::vector<std::string> pieces{"a",      "\"",  "\\",         "\n", "\x01",
                                               "\u00e9", "<&>", "\U0001f600", ", ", "x:y"};
  std::string text;
  for (const auto i : *rc::gen::container<std::vector<std::size_t>>(
           rc::gen::inRange<std::size_t>(0, pieces.size()))) {
    text += pieces[i];
  }
  return text;
}
std::vector<std::string> any_texts() {
  std::vector<std::string> texts(*rc::gen::inRange<std::size_t>(0, 3));
  for (auto& text : texts) text = any_text();
  return texts;
}
std::uint32_t any_number() { return *rc::gen::arbitrary<std::uint32_t>(); }
Time any_time() {
  return time_of_microseconds(*rc::gen::inRange<std::int64_t>(0, 9'000'000'000'000'000));
}
std::optional<Time> any_optional_time() {
  return *rc::gen::arbitrary<bool>() ? std::optional(any_time()) : std::nullopt;
}

Org make(const Org* /*type*/) { return {.id = {7}, .name = any_text(), .created_at = any_time()}; }
Key make(const Key* /*type*/) {
  Key key;
  key.id = {7};
  key.org = {1};
  key.kind = KeyKind::service;
  key.name = any_text();
  for (const auto scope : *rc::gen::container<std::vector<Scope>>(
           rc::gen::elementOf(std::vector<Scope>(std::begin(all_scopes), std::end(all_scopes))))) {
    key.scopes.add(scope);
  }
  key.owner = any_text();
  key.created_at = any_time();
  key.expires_at = any_optional_time();
  key.revoked_at = any_optional_time();
  return key;
}
Scorecard make(const Scorecard* /*type*/) {
  auto scorecard = some_scorecard();
  scorecard.number = {any_number()};
  scorecard.name = any_text();
  scorecard.description = any_text();
  scorecard.created_at = any_time();
  scorecard.modified_at = any_time();
  return scorecard;
}
CatalogRule make(const CatalogRule* /*type*/) {
  auto one = some_rule();
  one.scorecard = make(static_cast<const Scorecard*>(nullptr));
  one.scorecard.id = any_text();
  one.rule.scorecard = one.scorecard.number;
  one.rule.number = {any_number()};
  one.rule.name = any_text();
  one.rule.scope_query = any_text();
  one.rule.owner = any_text();
  one.rule.enabled = *rc::gen::arbitrary<bool>();
  one.rule.level = *rc::gen::inRange(level_min, level_max + 1);
  one.rule.modified_at = any_time();
  return one;
}
CatalogEntity make(const CatalogEntity* /*type*/) {
  auto entity = some_entity();
  entity.number = {any_number()};
  entity.discovered_at = any_optional_time();
  entity.definition->number = entity.number;
  auto& definition = entity.definition->definition;
  definition.description = any_text();
  definition.attributes.tier = any_text();
  definition.attributes.languages = any_texts();
  definition.attributes.tags = any_texts();
  if (*rc::gen::arbitrary<bool>()) definition.relations.clear();
  definition.attributes.systems = systems_of(definition);
  definition.raw = any_text();
  auto schema = json::Tree::empty_object();
  schema.put_text("description", any_text());
  definition.schema = json::write_tree(schema);
  entity.definition->modified_at = any_time();
  if (*rc::gen::inRange(0, 3) == 0) entity.definition.reset();
  return entity;
}
Kind make(const Kind* /*type*/) {
  return {.name = "job",
          .display_name = any_text(),
          .description = any_text(),
          .created_at = any_time(),
          .modified_at = any_time()};
}
CatalogCampaign make(const CatalogCampaign* /*type*/) {
  Campaign campaign;
  campaign.number = {any_number()};
  campaign.id = "abcdefghijklmnop";
  campaign.key = any_text();
  campaign.name = any_text();
  campaign.owner_id = any_text();
  campaign.guidance = any_text();
  for (const auto number : *rc::gen::arbitrary<std::vector<std::uint32_t>>()) {
    campaign.rules.push_back({number});
  }
  campaign.status = *rc::gen::element(CampaignStatus::not_started, CampaignStatus::in_progress,
                                      CampaignStatus::completed);
  campaign.start_date = any_time();
  campaign.due_date = any_optional_time();
  return {.campaign = campaign, .rule_ids = any_texts()};
}

template <class T>
ResourceChange any_change_of() {
  Changed<T> change{.before = make(static_cast<const T*>(nullptr)),
                    .after = make(static_cast<const T*>(nullptr))};
  const int form = *rc::gen::inRange(0, 6);
  if (form == 0) change.before.reset();
  if (form == 1) change.after.reset();
  if (form == 2) change.after = change.before;
  return change;
}

template <std::size_t... index>
ResourceChange any_change(std::index_sequence<index...> /*all*/) {
  using Make = ResourceChange (*)();
  constexpr Make makers[] = {&any_change_of<std::remove_cvref_t<
      decltype(*std::variant_alternative_t<index, ResourceChange>().after)>>...};
  return makers[*rc::gen::inRange<std::size_t>(0, sizeof...(index))]();
}

TEST(CatalogBody, ReadsBackWhateverWasWritten) {
  EXPECT_TRUE(rc::check("read(write(x)) == x", [] {
    std::vector<ResourceChange> changes(*rc::gen::inRange<std::size_t>(0, 4));
    for (auto& change : changes) {
      change = any_change(std::make_index_sequence<std::variant_size_v<ResourceChange>>());
    }
    check(changes);
  }));
}

TEST(CatalogBody, TimesReadBack) {
  EXPECT_TRUE(rc::check("parse(write(t)) == t", [] {
    const auto time = time_of_microseconds(
        *rc::gen::inRange<std::int64_t>(-62'167'219'200'000'000, 253'402'300'800'000'000));
    const auto text = write_log_time(time);
    EXPECT_EQ(text.size(), 27U);
    EXPECT_EQ(parse_log_time(text), time) << text;
  }));
}

}  // namespace
}  // namespace scorekeeper::store

// After any sequence of changes each thing that changed has exactly one new event in the audit log,
// with both sides of what differs; what did not change has none; and the events alone tell what the
// catalog is.
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "domain/audit_fields.h"
#include "intake/intake_fixture.h"
#include "intake/shared_store_fixture.h"
#include "store/catalog_body.h"

namespace scorekeeper::intake {
namespace {

using Thing = std::pair<AuditResource, std::string>;
using Catalog = std::map<Thing, AuditFields>;  // whole, with empty fields

constexpr OrgId org{1};
constexpr OrgId other_org{2};

// The things of the catalog that appends have written.
struct WrittenCatalog {
  std::map<ScorecardNumber, Scorecard> scorecards;
  std::map<RuleNumber, CatalogRule> rules;
  std::map<std::string, Kind> kinds;
  std::map<CampaignNumber, CatalogCampaign> campaigns;

  void take(const store::Append& append) {
    if (append.change == nullptr) return;
    for (const ResourceChange& change : append.change->changes) {
      std::visit([&](const auto& one) { put(one); }, change);
    }
  }

 private:
  template <class T>
  static const T& either(const Changed<T>& change) {
    return change.after ? *change.after : *change.before;
  }
  template <class Map, class Key, class Value>
  static void put(Map& map, const Key& key, const std::optional<Value>& value) {
    if (value) {
      map.insert_or_assign(key, *value);
    } else {
      map.erase(key);
    }
  }
  void put(const Changed<Scorecard>& change) {
    put(scorecards, either(change).number, change.after);
  }
  void put(const Changed<CatalogRule>& change) {
    put(rules, either(change).rule.number, change.after);
  }
  void put(const Changed<Kind>& change) { put(kinds, either(change).name, change.after); }
  void put(const Changed<CatalogCampaign>& change) {
    put(campaigns, either(change).campaign.number, change.after);
  }
  template <class T>
  static void put(const Changed<T>&) {}  // definitions are read from the store
};

class AuditedServer {
 public:
  explicit AuditedServer(std::uint64_t seed) : random_(seed) {}

  // One command, and a look at what it left.
  void act() {
    const auto before = look();
    const auto known = events().size();
    caller_.request_id = "request" + std::to_string(below(1'000));
    caller_.key = {1 + static_cast<std::uint32_t>(below(3))};
    removed_discovered_.clear();
    change();
    server_.clock.advance(std::chrono::seconds(1));
    compare(before, look(), known);
  }
  void restart() { server_.restart(); }
  void compare_replayed() {
    Catalog replayed;
    for (const AuditEvent& event : events()) replay(event, replayed);
    Catalog expected;
    for (auto& [thing, fields] : look()) expected[thing] = filled(fields);
    for (auto& [thing, fields] : replayed) fields = in_order(filled(fields));
    for (auto& [thing, fields] : expected) fields = in_order(fields);
    EXPECT_EQ(replayed, expected);
    EXPECT_GT(succeeded_, 100U);
    EXPECT_TRUE(store_.list_audit(other_org, {})->empty());
    EXPECT_EQ(store_.broken(), "");
  }

 private:
  std::uint64_t below(std::uint64_t end) { return random_() % end; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  template <std::size_t count>
  std::string any(const char* const (&texts)[count]) {
    return texts[below(count)];
  }

  SharedStore& watched() {
    store_.after_append = [this](const store::Append& append) { written_.take(append); };
    return store_;
  }

  // The oldest first.
  std::vector<AuditEvent> events() {
    auto found = *store_.list_audit(org, {.page = {.size = 1'000'000}});
    std::ranges::reverse(found);
    return found;
  }
  Catalog look() {
    Catalog catalog;
    for (const auto& [number, scorecard] : written_.scorecards) {
      catalog[{AuditResource::scorecard, scorecard.id}] = audit_fields(scorecard);
    }
    for (const auto& [number, one] : written_.rules) {
      catalog[{AuditResource::rule, one.rule.id}] =
          audit_fields(one.rule, written_.scorecards.at(one.rule.scorecard));
    }
    for (const auto& [name, kind] : written_.kinds) {
      catalog[{AuditResource::kind, name}] = audit_fields(kind);
    }
    for (const auto& [number, one] : written_.campaigns) {
      catalog[{AuditResource::campaign, one.campaign.id}] =
          audit_fields(one.campaign, one.rule_ids);
    }
    const auto numbers = store_.find_entities(org, {.page = {.size = 1'000}}).value();
    const auto defined = store_.find_definitions(org, numbers).value();
    for (const auto& one : defined) {
      const auto& definition = one.definition;
      catalog[{AuditResource::entity, definition.reference}] = audit_fields(logged(definition));
    }
    return catalog;
  }

  // As the log has it, which has not the text that was sent.
  static EntityDefinition logged(const EntityDefinition& definition) {
    CatalogEntity entity;
    entity.number = {1};
    entity.reference = definition.reference;
    entity.definition = DefinedEntity();
    entity.definition->number = {1};
    entity.definition->definition = definition;
    const std::vector<ResourceChange> changes{
        Changed<CatalogEntity>{.before = std::nullopt, .after = entity}};
    const auto read = store::read_catalog_body(store::write_catalog_bodies(changes).front().json);
    return std::get<Changed<CatalogEntity>>(*read->front()).after->definition->definition;
  }

  void change() {
    switch (below(11)) {
      case 0:
        return keep(server_rule(false));
      case 1:
        return keep(server_rule(true));
      case 2:
        return keep(
            server_.change(bound(decide_remove_rule, any_id(AuditResource::rule)), caller_));
      case 3:
      case 4:
        return keep(define());
      case 5:
        return remove_entity();
      case 6:
        return keep(server_.change(bound(decide_upsert_kind, any_kind()), caller_));
      case 7:
        return keep(server_.change(bound(decide_remove_kind, any(kinds)), caller_));
      case 8:
        return keep(campaign(false));
      case 9:
        return keep(campaign(true));
      default:
        return remove_campaign_or_report();
    }
  }
  template <class Value>
  void keep(const Result<Value>& result) {
    succeeded_ += result.has_value() ? 1U : 0U;
  }

  std::string any_id(AuditResource resource) {
    std::vector<std::string> ids{"unknown"};
    for (const auto& [thing, fields] : look()) {
      if (thing.first == resource) ids.push_back(thing.second);
    }
    return ids[below(ids.size())];
  }
  Result<ChangedRule> server_rule(bool update) {
    RuleFields fields{.name = any({"", "a", "b"}),
                      .scorecard_id = {},
                      .scorecard_name = any({"Ops", "Docs"}),
                      .description = any({"", "about"}),
                      .owner = any({"", "team"}),
                      .scope_query = any({"", "kind:service", "kind:("}),
                      .enabled = one_in(2),
                      .level = static_cast<int>(1 + below(3))};
    if (one_in(4)) fields.description = std::string(4'000, one_in(2) ? 'x' : 'y') + "é";
    return server_.change(
        update ? bound(decide_update_rule, any_id(AuditResource::rule), fields, Warnings())
               : bound(decide_create_rule, fields, Warnings()),
        caller_);
  }
  Result<std::vector<DefinedEntity>> define() {
    std::vector<EntityDefinition> definitions(1 + below(3));
    for (auto& definition : definitions) {
      definition.reference = any(references);
      definition.api_version = "v3";
      definition.attributes.owner = any({"", "ops", "dev"});
      definition.attributes.tags.assign(below(3), "a:b");
      definition.raw = std::string(below(2) * 2'000, 'r') + any({"", "1", "2"});
      definition.schema = "{}";
      definition.ingestion_source = "api";
    }
    return server_.change(upsert_of(definitions), caller_);
  }
  void remove_entity() {
    const EntityTarget target{.number = {}, .reference = any(references), .given = "it"};
    const auto& matrix = server_.matrix->org(org);
    const bool defined = matrix.is_defined(matrix.find_entity(target.reference));
    const auto removed = server_.change(bound(decide_remove_entity, target), caller_);
    if (removed && !defined) removed_discovered_ = target.reference;
    keep(removed);
  }
  Kind any_kind() {
    return {.name = any(kinds),
            .display_name = any({"", "Service"}),
            .description = any({"", "what runs"}),
            .created_at = {},
            .modified_at = {}};
  }
  Result<Campaign> campaign(bool update) {
    CampaignFields fields;
    fields.key = any({"", "q1", "q2", "q3"});
    fields.name = any({"", "Security", "Docs"});
    fields.owner_id = "550e8400-e29b-41d4-a716-446655440000";
    fields.rule_ids = {any_id(AuditResource::rule), any_id(AuditResource::rule)};
    fields.start_date = time_of_seconds(1'000);
    if (one_in(2)) fields.due_date = time_of_seconds(2'000);
    if (!one_in(4)) {
      fields.status = one_in(2) ? CampaignStatus::completed : CampaignStatus::in_progress;
    }
    return server_.change(
        update ? bound(decide_update_campaign, any_id(AuditResource::campaign), fields)
               : bound(decide_create_campaign, fields),
        caller_);
  }
  void remove_campaign_or_report() {
    if (one_in(2)) {
      return keep(
          server_.change(bound(decide_remove_campaign, any_id(AuditResource::campaign)), caller_));
    }
    const auto rule = any_id(AuditResource::rule);
    succeeded_ += server_.submit({{rule, any(references), State::pass, ""}}) ? 1U : 0U;
  }

  void compare(const Catalog& before, const Catalog& after, std::size_t known) {
    std::map<Thing, AuditEvent> recorded;
    const auto all = events();
    for (std::size_t n = known; n < all.size(); ++n) {
      const AuditEvent& event = all[n];
      EXPECT_GT(event.number, n == 0 ? AuditNumber() : all[n - 1].number);
      EXPECT_EQ(event.org, org);
      EXPECT_EQ(event.at, server_.clock.now() - std::chrono::seconds(1));
      EXPECT_EQ(event.actor, actor_of(caller_));
      EXPECT_EQ(event.request_id, caller_.request_id);
      EXPECT_TRUE(recorded.emplace(Thing(event.resource, event.resource_id), event).second);
    }
    if (!removed_discovered_.empty()) {
      const auto found = recorded.extract({AuditResource::entity, removed_discovered_});
      ASSERT_FALSE(found.empty());
      EXPECT_EQ(found.mapped().action, AuditAction::deleted);
      EXPECT_TRUE(found.mapped().before.empty());
    }
    for (const auto& [thing, fields] : before) {
      const auto now = after.find(thing);
      if (now == after.end()) {
        expect(recorded, thing, AuditAction::deleted, {filled(fields), {}});
      } else if (now->second != fields) {
        expect(recorded, thing, AuditAction::updated, audit_difference(fields, now->second));
      }
    }
    for (const auto& [thing, fields] : after) {
      if (before.contains(thing)) continue;
      expect(recorded, thing, AuditAction::created, {{}, filled(fields)});
    }
    for (const auto& [thing, event] : recorded) {
      ADD_FAILURE() << "an event of what did not change: " << thing.second;
    }
  }
  static void expect(std::map<Thing, AuditEvent>& recorded, const Thing& thing, AuditAction action,
                     const AuditDifference& difference) {
    const auto found = recorded.extract(thing);
    ASSERT_FALSE(found.empty()) << "no event of " << name_of(thing.first) << " " << thing.second;
    EXPECT_EQ(found.mapped().action, action);
    EXPECT_EQ(found.mapped().before, difference.before);
    EXPECT_EQ(found.mapped().after, difference.after);
  }

  static void replay(const AuditEvent& event, Catalog& catalog) {
    const Thing thing(event.resource, event.resource_id);
    if (event.action == AuditAction::deleted) {
      catalog.erase(thing);
      return;
    }
    AuditFields& fields = catalog[thing];
    for (const AuditField& field : event.after) {
      const auto found = std::ranges::find(fields, field.name, &AuditField::name);
      if (found == fields.end()) {
        fields.push_back(field);
      } else {
        found->value = field.value;
      }
    }
  }
  static AuditFields in_order(AuditFields fields) {
    std::ranges::sort(fields, {}, &AuditField::name);
    return fields;
  }

  static constexpr const char* references[] = {"service:default/a", "service:default/b",
                                               "queue:default/c"};
  static constexpr const char* kinds[] = {"service", "queue"};

  std::mt19937_64 random_;
  WrittenCatalog written_;  // by the committer; read between its answers
  SharedStore store_;
  Server server_{watched(), store_};
  Caller caller_{.org = org, .key = KeyId{7}, .scopes = {}};
  std::string removed_discovered_;
  std::size_t succeeded_ = 0;
};

TEST(AuditLog, TellsOfEachChangeOnceAndOfNothingElse) {
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  AuditedServer server(seed);
  for (int n = 0; n < 400 && !testing::Test::HasFailure(); ++n) {
    server.act();
    if (n % 100 == 50) server.restart();
  }
  server.compare_replayed();
}

TEST(AuditLog, TellsNothingOfAChangeThatTheStoreRefuses) {
  SharedStore store;
  Server server(store, store);
  store.catalog_fails = true;
  EXPECT_FALSE(server.create_rule(rule_fields("first")));
  EXPECT_TRUE(store.list_audit(org, {})->empty());
  store.catalog_fails = false;
  server.make_rule("first");
  EXPECT_EQ(store.list_audit(org, {})->size(), 2U);  // with its scorecard
}

}  // namespace
}  // namespace scorekeeper::intake

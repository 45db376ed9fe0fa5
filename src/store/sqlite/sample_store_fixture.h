// A small store with something in every table and nothing wrong in it. Included by test files only.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "store/contract/log_maker.h"
#include "store/sqlite/store.h"

namespace scorekeeper::store::sqlite {

// The log of org 1: its creation at 1, two keys, a catalog (make_catalog()), reports 1 to 4, the
// deletion of entity 2 with its two outcomes, reports 5 to 9.
class SampleStore {
 public:
  static constexpr std::uint64_t position = 21;  // the last one

  explicit SampleStore(const std::string& directory) : directory_(directory) {
    open();
    make_keys();
    make_catalog();
    report(0, 4);
    remove_entity(2);
    report(4, 9);
    ASSERT(head().last.number == position);
  }

  // Reports `from` + 1 to `to`: rule 1 or 2, entity 1 to 3, one request and one change each.
  void report(std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t n = from + 1; n <= to; ++n) {
      const RuleNumber rule{static_cast<std::uint32_t>(1 + n % 2)};
      const EntityNumber entity{static_cast<std::uint32_t>(1 + n % 3)};
      const std::string remarks = "remarks " + std::to_string(n);
      LogGroup group{.org = {1}, .at = at(n), .actor = actor(), .request = {n}};
      group.request_id = "request-" + std::to_string(n);
      if (const auto seen = seen_.find(entity); seen == seen_.end() || !seen->second) {
        group.entities.push_back({.number = entity,
                                  .reference = references[entity.number - 1],
                                  .revived = seen != seen_.end()});
        seen_[entity] = true;
      }
      Cell& cell = cells_[{rule, entity}];
      const auto state = static_cast<State>(1 + n % 3);
      const RowId next{head().last.number + 1};
      if (!cell.state) cell.first_reported = seconds_of(at(n));
      group.outcomes.push_back({.rule = rule,
                                .entity = entity,
                                .state = state,
                                .before = cell.state,
                                .previous = cell.position,
                                .first_reported = cell.first_reported,
                                .reported_before = cell.state ? cell.first_reported : 0,
                                .remarks = remarks});
      cell = {.position = next, .state = state, .first_reported = cell.first_reported};
      done(append_group(*store_, group, {request(n, next)}));
    }
  }

  // With its outcomes.
  void remove_entity(std::uint32_t number) {
    const EntityNumber entity{number};
    LogGroup group{.org = {1}, .at = at(0), .actor = actor(), .request_id = "delete"};
    CatalogEntity before{.number = entity,
                         .reference = std::string(references[number - 1]),
                         .discovered_at = {},
                         .definition = {}};
    group.changes.push_back(Changed<CatalogEntity>{.before = before, .after = {}});
    for (auto& [key, cell] : cells_) {
      if (key.second != entity || !cell.state) continue;
      group.outcomes.push_back({.rule = key.first,
                                .entity = entity,
                                .state = std::nullopt,
                                .before = cell.state,
                                .previous = cell.position,
                                .first_reported = cell.first_reported,
                                .reported_before = cell.first_reported,
                                .remarks = ""});
      cell = {};
    }
    seen_[entity] = false;
    done(append_group(*store_, group));
  }

  // Changes of the catalog as one group.
  void change(std::vector<ResourceChange> changes) {
    done(append_group(*store_, {.org = {1},
                                .at = at(0),
                                .actor = actor(),
                                .request_id = "change",
                                .changes = std::move(changes)}));
  }

  Store& store() { return *store_; }
  Head head() {
    const auto heads = store_->heads();
    for (const Head& head : heads->heads) {
      if (head.org == OrgId{1}) return head;
    }
    return {};
  }
  const std::string& directory() const { return directory_; }
  std::string path() const { return directory_ + "/" + file_name; }
  void close() { store_.reset(); }
  void open() {
    auto store = Store::open({.directory = directory_}, metrics_);
    ASSERT(store);
    store_ = *std::move(store);
  }

  static Time at(std::uint64_t n) {
    return time_of_microseconds(static_cast<std::int64_t>(1'790'000'000'000'000 + n * 1'000'000));
  }

 private:
  static constexpr std::string_view references[] = {"service:default/a", "queue:default/b",
                                                    "service:team/c"};
  struct Cell {
    RowId position;
    std::optional<State> state;
    std::uint32_t first_reported = 0;
  };

  static void done(const Result<void>& result) { ASSERT(result); }
  static AuditActor actor() { return {.type = AuditActorType::key, .id = "2"}; }
  static AcceptedRequest request(std::uint64_t number, RowId at_position) {
    return {.number = {number},
            .org = {1},
            .actor = actor(),
            .accepted_at = at(number),
            .total_received = 1,
            .total_changed = 1,
            .position = at_position};
  }

  void make_keys() {
    ASSERT(store_->reserve_requests(1'000'000));
    const auto keys = open_keys(directory_);
    ASSERT(keys && (*keys)->create_org("acme", at(0)));
    for (const KeyKind kind : {KeyKind::api, KeyKind::application}) {
      Key key;
      key.org = {1};
      key.kind = kind;
      key.name = "ci";
      key.hash.fill(static_cast<std::byte>(kind));
      key.created_at = at(0);
      ASSERT((*keys)->create_key(key));
    }
  }

  void make_catalog() {
    const Scorecard card{.number = {1},
                         .id = "card",
                         .name = "Ready",
                         .description = "",
                         .created_at = at(0),
                         .modified_at = at(0)};
    std::vector<ResourceChange> changes{Changed<Scorecard>{.before = {}, .after = card}};
    for (const std::uint32_t number : {1U, 2U}) {
      CatalogRule one{.rule = {}, .scorecard = card};
      one.rule.number = {number};
      one.rule.id = "rule" + std::to_string(number);
      one.rule.name = "Rule " + std::to_string(number);
      one.rule.scorecard = {1};
      changes.push_back(Changed<CatalogRule>{.before = {}, .after = one});
    }
    DefinedEntity defined;
    defined.number = {1};
    defined.definition.reference = references[0];
    defined.definition.attributes.tags = {"env:prod"};
    defined.definition.relations = {
        {.type = "RelationTypeOwnedBy", .from = "service:default/a", .to = "team:default/ops"}};
    defined.definition.schema = R"({"apiVersion":"v3"})";
    defined.definition.raw = "apiVersion: v3\n";
    changes.push_back(
        Changed<CatalogEntity>{.before = {},
                               .after = CatalogEntity{.number = {1},
                                                      .reference = std::string(references[0]),
                                                      .discovered_at = at(0),
                                                      .definition = defined}});
    seen_[{1}] = true;
    const Kind kind{.name = "service",
                    .display_name = "Service",
                    .description = "",
                    .created_at = at(0),
                    .modified_at = at(0)};
    changes.push_back(Changed<Kind>{.before = {}, .after = kind});
    CatalogCampaign one;
    one.campaign.number = {1};
    one.campaign.id = "campaign";
    one.campaign.key = "key";
    one.campaign.rules = {{2}, {1}};
    one.rule_ids = {"rule2", "rule1"};
    changes.push_back(Changed<CatalogCampaign>{.before = {}, .after = one});
    change(std::move(changes));
    ReportedBlock block{.org = {1},
                        .rule = {1},
                        .block = 0,
                        .last_reported = std::vector<std::uint32_t>(reported_block_size, 7)};
    done(store_->save_reported(std::span(&block, 1)));
  }

  std::string directory_;
  Metrics metrics_;
  std::unique_ptr<Store> store_;
  std::map<std::pair<RuleNumber, EntityNumber>, Cell> cells_;
  std::map<EntityNumber, bool> seen_;  // true: it lives
};

}  // namespace scorekeeper::store::sqlite

// A small store with something in every table and nothing wrong in it. Included by test files only.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/assert.h"
#include "base/siphash.h"
#include "store/sqlite/store.h"

namespace scorekeeper::store::sqlite {

class SampleStore {
 public:
  explicit SampleStore(const std::string& directory) : directory_(directory) {
    open();
    make_keys();
    make_catalog();
    // Entity 2 is removed after row 4, and is back.
    append(0, 4);
    write({.org = {1}, .removed_entities = {{.number = {2}, .position = {4}}}});
    append(4, 9);
  }

  // Rows `from` + 1 to `to`: rule 1 or 2, entity 1 to 3, one request each.
  void append(std::uint64_t from, std::uint64_t to) {
    static constexpr std::string_view references[] = {"service:default/a", "queue:default/b",
                                                      "service:team/c"};
    const SipKey key = store_->secrets()->change_key;
    for (std::uint64_t row = from + 1; row <= to; ++row) {
      const auto rule = static_cast<std::uint32_t>(1 + row % 2);
      const auto entity = static_cast<std::uint32_t>(1 + row % 3);
      const std::string remarks = "remarks " + std::to_string(row);
      const std::vector changes{OutcomeChange{.id = {row},
                                              .previous = {previous_of(row)},
                                              .org = {1},
                                              .rule = {rule},
                                              .entity = {entity},
                                              .state = static_cast<State>(1 + row % 3),
                                              .first_reported = 1'790'000'000,
                                              .hash = siphash13(key, remarks),
                                              .at = at(row),
                                              .key = {2},
                                              .request = {row},
                                              .remarks = remarks}};
      const std::vector requests{AcceptedRequest{.number = {row},
                                                 .org = {1},
                                                 .key = {2},
                                                 .accepted_at = at(row),
                                                 .total_received = 1,
                                                 .total_changed = 1,
                                                 .position = {row}}};
      const std::vector entities{NewEntity{.org = {1},
                                           .number = {entity},
                                           .reference = references[entity - 1],
                                           .discovered_at = at(row)}};
      done(store_->append({.changes = changes,
                           .requests = requests,
                           .entities = entities,
                           .requests_reserved = {to + 100}}));
    }
  }

  Store& store() { return *store_; }
  const std::string& directory() const { return directory_; }
  std::string path() const { return directory_ + "/" + file_name; }
  void close() { store_.reset(); }
  void open() {
    auto store = Store::open({.directory = directory_}, metrics_);
    ASSERT(store);
    store_ = *std::move(store);
  }

 private:
  static void done(const Result<void>& result) { ASSERT(result); }
  static Time at(std::uint64_t row) {
    return time_of_microseconds(static_cast<std::int64_t>(1'790'000'000'000'000 + row));
  }
  // Rule and entity repeat every six rows; what was before row 5 of entity 2 does not count.
  static std::uint64_t previous_of(std::uint64_t row) {
    const bool forgotten = 1 + row % 3 == 2 && row <= 4 + 6;
    return row > 6 && !forgotten ? row - 6 : 0;
  }
  void write(const CatalogRows& change) { done(store_->write(change)); }

  void make_keys() {
    const auto keys = open_keys(directory_);
    ASSERT(keys && (*keys)->create_org("acme", at(0)));
    for (const KeyKind kind : {KeyKind::api, KeyKind::application}) {
      Key key;
      key.org = {1};
      key.kind = kind;
      key.name = "ci";
      key.hash.fill(static_cast<std::byte>(kind));
      ASSERT((*keys)->create_key(key));
    }
  }

  void make_catalog() {
    CatalogRows change{.org = {1}};
    change.scorecards.push_back({.number = {1},
                                 .id = "card",
                                 .name = "Ready",
                                 .description = "",
                                 .created_at = at(0),
                                 .modified_at = at(0)});
    for (const std::uint32_t number : {1U, 2U}) {
      Rule rule;
      rule.number = {number};
      rule.id = "rule" + std::to_string(number);
      rule.scorecard = {1};
      change.rules.push_back(rule);
    }
    change.entities.push_back(
        {.org = {1}, .number = {1}, .reference = "service:default/a", .discovered_at = at(0)});
    DefinedEntity defined;
    defined.number = {1};
    defined.definition.reference = "service:default/a";
    defined.definition.attributes.tags = {"env:prod"};
    defined.definition.relations = {
        {.type = "RelationTypeOwnedBy", .from = "service:default/a", .to = "team:default/ops"}};
    change.definitions.push_back(defined);
    change.kinds.push_back({.name = "service",
                            .display_name = "Service",
                            .description = "",
                            .created_at = at(0),
                            .modified_at = at(0)});
    Campaign campaign;
    campaign.number = {1};
    campaign.id = "campaign";
    campaign.key = "key";
    campaign.rules = {{2}, {1}};
    change.campaigns.push_back(campaign);
    AuditEvent event;
    event.org = {1};
    event.at = at(0);
    event.resource_id = "rule1";
    event.after = {{.name = "name", .value = "first"}};
    change.events.push_back(event);
    write(change);
    ReportedBlock block{.org = {1},
                        .rule = {1},
                        .block = 0,
                        .last_reported = std::vector<std::uint32_t>(reported_block_size, 7)};
    done(store_->save_reported(std::span(&block, 1)));
  }

  std::string directory_;
  Metrics metrics_;
  std::unique_ptr<Store> store_;
};

}  // namespace scorekeeper::store::sqlite

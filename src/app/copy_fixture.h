// A store of three organisations with something in every table, made through the interfaces that
// every store has; and what a store holds as text, with rows of the ledger told by their place in
// their org, so that stores that count differently can be compared. Included by test files only.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "app/stores.h"
#include "base/assert.h"
#include "base/siphash.h"
#include "store/copy.h"

namespace scorekeeper::app {

inline Config config_of(const std::string& store) {
  Config config;
  config.store = store;
  return config;
}

class FilledStore {
 public:
  static constexpr std::uint32_t orgs = 3;
  static constexpr std::uint32_t rules = 4;
  static constexpr std::uint32_t entities = 40;

  // Fills the store, which is new. Of org 1 there are more than one page of rows.
  explicit FilledStore(const std::string& store) : store_(store) {
    auto opened = open_store(config_of(store), {}, metrics_);
    ASSERT(opened);
    open_ = *std::move(opened);
    change_key_ = open_.catalog().secrets()->change_key;
    for (std::uint32_t org = 1; org <= orgs; ++org) make_keys({org});
    for (std::uint32_t org = 1; org <= orgs; ++org) make_catalog({org});
    for (int round = 0; round < 12; ++round) {
      append({1}, 600);
      append({2}, 50);
      if (round == 5) remove_things({1});
      if (round == 8) remove_things({2});
    }
    ASSERT(open_.ledger().forget_requests(start() + std::chrono::microseconds(2), 100));
    // Behind the last row of its org, and of all.
    remove_entity({2}, {7});
  }

  void append(OrgId org, std::uint32_t rows) {
    std::deque<std::string> remarks;
    std::vector<store::OutcomeChange> changes;
    const RowId last = head(org);
    const RequestNumber request = next_request();
    now_ += std::chrono::microseconds(1);
    for (std::uint32_t n = 1; n <= rows; ++n) {
      const RowId id{last.number + n};
      const auto rule = static_cast<std::uint32_t>(1 + random_() % (rules - 1));
      const auto entity = static_cast<std::uint32_t>(1 + random_() % (entities - 10));
      RowId& cell = cells_[{org.number, rule, entity}];
      remarks.push_back(random_() % 3 == 0 ? "" : "row “" + std::to_string(id.number) + "”");
      changes.push_back({.id = id,
                         .previous = cell,
                         .org = org,
                         .rule = {rule},
                         .entity = {entity},
                         .state = static_cast<State>(1 + random_() % 3),
                         .first_reported = 1'790'000'000,
                         .hash = siphash13(change_key_, remarks.back()),
                         .at = now_,
                         .key = {2},
                         .request = request,
                         .remarks = remarks.back()});
      cell = id;
    }
    const store::AcceptedRequest accepted{.number = request,
                                          .org = org,
                                          .key = {2},
                                          .accepted_at = now_,
                                          .total_received = rows + 1,
                                          .total_changed = rows,
                                          .position = changes.back().id,
                                          .subject = rows % 2 == 0 ? "" : "ann \"ö\""};
    std::deque<std::string> references;
    const auto found = seen_again(org, references);
    done(open_.ledger().append({.changes = changes,
                                .requests = std::span(&accepted, 1),
                                .entities = found,
                                .requests_reserved = {request.number + 50}}));
  }

  void remove_entity(OrgId org, EntityNumber entity) {
    for (auto& [cell, row] : cells_) {
      if (std::get<0>(cell) == org.number && std::get<2>(cell) == entity.number) row = {};
    }
    write({.org = org, .removed_entities = {{.number = entity, .position = head(org)}}});
    removed_.emplace_back(org, entity);
  }

  OpenStore& store() { return open_; }
  RowId head(OrgId org) {
    if (open_.shared() == nullptr) return open_.ledger().head()->last;
    const auto heads = *open_.shared()->heads();
    const auto found = std::ranges::find(heads, org, &store::Head::org);
    return found == heads.end() ? RowId{} : found->last;
  }

 private:
  static Time start() { return time_of_microseconds(1'790'000'000'000'000); }
  static void done(const Result<void>& result) {
    if (!result) throw std::runtime_error(result.error().detail);
  }
  void write(const store::CatalogRows& change) { done(open_.catalog().write(change)); }

  RequestNumber next_request() {
    request_ = std::max(open_.ledger().head()->requests_reserved.number, request_ + 1);
    return {request_};
  }

  // Removed entities come back with the next rows.
  std::vector<store::NewEntity> seen_again(OrgId org, std::deque<std::string>& references) {
    std::vector<store::NewEntity> found;
    for (const auto& [of, entity] : std::exchange(removed_, {})) {
      if (of != org) {
        removed_.emplace_back(of, entity);
        continue;
      }
      references.push_back(reference_of(entity.number));
      found.push_back(
          {.org = org, .number = entity, .reference = references.back(), .discovered_at = now_});
    }
    return found;
  }

  void make_keys(OrgId org) {
    const auto keys = open_keys(store_);
    ASSERT(keys);
    ASSERT((*keys)->create_org("org " + std::to_string(org.number), now_));
    for (const KeyKind kind : {KeyKind::api, KeyKind::application, KeyKind::personal}) {
      Key key;
      key.org = org;
      key.kind = kind;
      key.name = "ci “" + std::to_string(org.number) + "”";
      key.hash.fill(static_cast<std::byte>(org.number * 16 + static_cast<unsigned>(kind)));
      key.created_at = now_;
      if (kind == KeyKind::personal) key.expires_at = now_ + std::chrono::days(1);
      const auto made = (*keys)->create_key(key);
      ASSERT(made);
      if (kind == KeyKind::api && org.number == 2) done((*keys)->revoke_key(made->id, now_));
    }
  }

  static std::string reference_of(std::uint32_t number) {
    return (number % 2 == 0 ? "service:default/e" : "queue:ops/e") + std::to_string(number);
  }

  DefinedEntity definition_of(std::uint32_t number) {
    DefinedEntity defined;
    defined.number = {number};
    auto& definition = defined.definition;
    definition.reference = reference_of(number);
    definition.attributes.owner = "team";
    definition.attributes.languages = {"c", "d"};
    definition.attributes.tags = {"env:prod"};
    definition.schema = "{}";
    definition.raw = std::string(std::size_t{number} * 100, 'x');
    for (std::uint32_t to = 0; to < number % 4; ++to) {
      definition.relations.push_back({.type = "RelationTypeOwns",
                                      .from = definition.reference,
                                      .to = "service:default/z" + std::to_string(9 - to)});
    }
    defined.created_at = now_;
    defined.modified_at = now_;
    return defined;
  }

  void make_catalog(OrgId org) {
    store::CatalogRows change{.org = org};
    change.scorecards.push_back({.number = {1},
                                 .id = "card",
                                 .name = "Ready",
                                 .description = "",
                                 .created_at = now_,
                                 .modified_at = now_});
    for (std::uint32_t number = 1; number <= rules; ++number) {
      Rule rule;
      rule.number = {number};
      rule.id = "rule" + std::to_string(number);
      rule.scorecard = {1};
      rule.scope_query = "tags:x";
      change.rules.push_back(rule);
    }
    std::deque<std::string> references;
    for (std::uint32_t number = 1; number <= entities; ++number) {
      references.push_back(reference_of(number));
      change.entities.push_back(
          {.org = org, .number = {number}, .reference = references.back(), .discovered_at = now_});
      if (number % 3 == 0) change.definitions.push_back(definition_of(number));
    }
    for (const char* const name : {"api", "queue", "service"}) {
      Kind kind;
      kind.name = name;
      change.kinds.push_back(kind);
    }
    for (const std::uint32_t number : {1U, 2U, 3U}) {
      Campaign campaign;
      campaign.number = {number};
      campaign.id = "campaign" + std::to_string(number);
      campaign.key = "key";
      campaign.removed = number != 2;
      if (number == 1) campaign.due_date = now_;
      campaign.rules = {{2}, {1}, {3}};
      change.campaigns.push_back(campaign);
    }
    for (int n = 0; n < 3; ++n) {
      AuditEvent event;
      event.org = org;
      event.at = now_;
      event.resource_id = "rule" + std::to_string(n);
      event.after = {{.name = "name", .value = "first"}};
      change.events.push_back(event);
    }
    write(change);
    const store::ReportedBlock block{
        .org = org,
        .rule = {1},
        .block = 0,
        .last_reported = std::vector<std::uint32_t>(store::reported_block_size, org.number)};
    done(open_.ledger().save_reported(std::span(&block, 1)));
  }

  // A rule without rows, a kind, and two entities, which come back.
  void remove_things(OrgId org) {
    store::CatalogRows change{.org = org};
    Rule rule;
    rule.number = {rules};
    rule.id = "rule" + std::to_string(rules);
    rule.scorecard = {1};
    rule.removed_at_position = head(org);
    change.rules.push_back(rule);
    change.removed_kinds = {"queue"};
    write(change);
    remove_entity(org, {6});
    remove_entity(org, {7});
    // Never reported, so that it stays away.
    write({.org = org, .removed_entities = {{.number = {entities}, .position = head(org)}}});
  }

  std::string store_;
  Metrics metrics_;
  OpenStore open_;
  SipKey change_key_;
  std::mt19937_64 random_{1};  // NOLINT(cert-msc32-c,cert-msc51-cpp)
  Time now_ = start();
  std::uint64_t request_ = 0;
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>, RowId> cells_;
  std::vector<std::pair<OrgId, EntityNumber>> removed_;
};

// By table, its rows in order.
using StoreText = std::map<std::string, std::vector<std::string>>;

class StoreTeller {
 public:
  // The store is closed.
  explicit StoreTeller(const std::string& store) {
    auto source = open_copy_source(store);
    ASSERT(source);
    source_ = *std::move(source);
    for (const auto& table : store::copy_tables()) {
      if (std::string_view(table.name) == "outcome_change") read(table, true);
    }
    for (auto& [org, ids] : ids_) std::ranges::sort(ids);
    for (const auto& table : store::copy_tables()) read(table, false);
    const auto marks = source_->marks();
    ASSERT(marks);
    secrets = marks->secrets;
    text["reserved"] = {std::to_string(marks->requests_reserved.number)};
  }

  StoreText text;
  store::Secrets secrets;

 private:
  void read(const store::CopyTable& table, bool only_ids) {
    ASSERT(source_->begin_table(table, {}));
    for (store::CopyPage page;;) {
      ASSERT(source_->next(page));
      if (page.rows() == 0) break;
      for (std::size_t row = 0; row < page.rows(); ++row) {
        if (only_ids) {
          ids_[page.number(row, 0)].push_back(page.number(row, 1));
        } else {
          text[table.name].push_back(row_text(page, row));
        }
      }
    }
    if (!only_ids) std::ranges::sort(text[table.name]);
  }

  std::string row_text(const store::CopyPage& page, std::size_t row) const {
    std::string line;
    for (std::size_t column = 0; column < page.table().columns.size(); ++column) {
      const auto& what = page.table().columns[column];
      line += std::string(what.name) + "=";
      if (page.is_null(row, column)) {
        line += "NULL ";
      } else if (store::is_text(what.type)) {
        line += std::string(page.text(row, column)) + " ";
      } else {
        const bool id = what.type == store::CopyType::row_id;
        const bool placed = id || what.type == store::CopyType::position;
        const auto value = page.number(row, column);
        line += std::to_string(placed ? place_of(page.number(row, 0), value) : value) + " ";
      }
    }
    return line;
  }

  // How many rows of the org there are up to that one.
  std::int64_t place_of(std::int64_t org, std::int64_t id) const {
    const auto ids = ids_.find(org);
    if (ids == ids_.end()) return 0;
    return std::ranges::upper_bound(ids->second, id) - ids->second.begin();
  }

  std::unique_ptr<store::CopySource> source_;
  std::map<std::int64_t, std::vector<std::int64_t>> ids_;
};

}  // namespace scorekeeper::app

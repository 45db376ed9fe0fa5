// A store of three organisations with something in every table, made through the interfaces that
// every store has; and what a store holds as text. Included by test files only.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "app/stores.h"
#include "base/assert.h"
#include "store/contract/log_maker.h"
#include "store/tools/copy.h"

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

  // Fills the store, which is new. The log of org 1 is longer than a page.
  explicit FilledStore(const std::string& store) : store_(store) {
    auto opened = open_store(config_of(store), {}, metrics_);
    ASSERT(opened);
    open_ = *std::move(opened);
    for (std::uint32_t org = 1; org <= orgs; ++org) make_keys({org});
    for (std::uint32_t org = 1; org <= orgs; ++org) make_catalog({org});
    for (int round = 0; round < 12; ++round) {
      append({1}, 110);
      append({2}, 10);
      if (round == 5) remove_things({1});
      if (round == 8) remove_things({2});
    }
    ASSERT(open_.log().forget_requests(start() + std::chrono::seconds(2), 100));
    // Behind the last outcome of its org, and of all.
    remove_entity({2}, {7});
  }

  // Groups of some outcomes each, of one request.
  void append(OrgId org, std::uint32_t groups) {
    now_ += std::chrono::seconds(1);
    const RequestNumber request = *open_.log().reserve_requests(50);
    std::deque<std::string> texts;
    std::vector<store::LogGroup> written;
    RowId position = head(org);
    for (std::uint32_t n = 0; n < groups; ++n) {
      written.push_back(group_of(org));
      written.back().request = request;
      add_outcomes(written.back(), position, texts);
    }
    const store::AcceptedRequest accepted{.number = request,
                                          .org = org,
                                          .actor = written.back().actor,
                                          .accepted_at = now_,
                                          .total_received = groups * outcomes_of_group + 1,
                                          .total_changed = groups * outcomes_of_group,
                                          .position = position};
    done(append_groups(open_.log(), written, {accepted}));
  }

  // With its outcomes.
  void remove_entity(OrgId org, EntityNumber number) {
    const auto defined = definitions_.find({org.number, number.number});
    const bool is_defined = defined != definitions_.end();
    CatalogEntity before{.number = number,
                         .reference = reference_of(number.number),
                         .discovered_at = {},
                         .definition = {}};
    if (is_defined) before.definition = std::exchange(defined->second, std::nullopt);
    store::LogGroup group = group_of(org);
    group.changes.push_back(Changed<CatalogEntity>{.before = before, .after = {}});
    for (auto& [key, cell] : cells_) {
      const auto [of, rule, entity] = key;
      if (of != org.number || entity != number.number || !cell.state) continue;
      group.outcomes.push_back({.rule = {rule},
                                .entity = number,
                                .state = std::nullopt,
                                .before = cell.state,
                                .previous = cell.position,
                                .first_reported = cell.first_reported,
                                .reported_before = cell.first_reported,
                                .remarks = ""});
      cell = {};
    }
    seen_[{org.number, number.number}] = false;
    done(append_group(open_.log(), group));
  }

  OpenStore& store() { return open_; }
  RowId head(OrgId org) {
    const auto heads = open_.log().heads();
    ASSERT(heads);
    const auto found = std::ranges::find(heads->heads, org, &store::Head::org);
    return found == heads->heads.end() ? RowId{} : found->last;
  }

 private:
  static constexpr std::uint32_t outcomes_of_group = 5;
  struct Cell {
    RowId position;
    std::optional<State> state;
    std::uint32_t first_reported = 0;
  };

  static Time start() { return time_of_microseconds(1'790'000'000'000'000); }
  static void done(const Result<void>& result) {
    if (!result) throw std::runtime_error(result.error().detail);
  }

  store::LogGroup group_of(OrgId org) const {
    store::LogGroup group{.org = org, .at = now_};
    if (org.number == 2) group.actor = {.type = AuditActorType::subject, .id = "ann \"ö\""};
    group.request_id = "request “" + std::to_string(seconds_of(now_)) + "”";
    return group;
  }

  // Behind the position, which moves. Removed entities come back.
  void add_outcomes(store::LogGroup& group, RowId& position, std::deque<std::string>& texts) {
    for (std::uint32_t n = 0; n < outcomes_of_group; ++n) {
      ++position.number;
      const auto rule = static_cast<std::uint32_t>(1 + random_() % (rules - 1));
      const auto entity = static_cast<std::uint32_t>(1 + random_() % (entities - 10));
      see(group, entity, texts);
      Cell& cell = cells_[{group.org.number, rule, entity}];
      if (!cell.state) cell.first_reported = seconds_of(now_);
      const std::string row = "row “" + std::to_string(position.number) + "”";
      texts.push_back(random_() % 3 == 0 ? "" : row);
      const auto state = static_cast<State>(1 + random_() % 3);
      group.outcomes.push_back({.rule = {rule},
                                .entity = {entity},
                                .state = state,
                                .before = cell.state,
                                .previous = cell.position,
                                .first_reported = cell.first_reported,
                                .reported_before = cell.state ? cell.first_reported : 0,
                                .remarks = texts.back()});
      cell.position = position;
      cell.state = state;
    }
  }

  void see(store::LogGroup& group, std::uint32_t entity, std::deque<std::string>& texts) {
    const auto seen = seen_.find({group.org.number, entity});
    const bool is_known = seen != seen_.end();
    if (is_known && seen->second) return;
    texts.push_back(reference_of(entity));
    group.entities.push_back({.number = {entity}, .reference = texts.back(), .revived = is_known});
    seen_[{group.org.number, entity}] = true;
  }

  void change(OrgId org, std::vector<ResourceChange> changes) {
    store::LogGroup group = group_of(org);
    group.changes = std::move(changes);
    done(append_group(open_.log(), group));
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

  CatalogRule rule_of(std::uint32_t number) const {
    CatalogRule one{.rule = {}, .scorecard = card()};
    one.rule.number = {number};
    one.rule.id = "rule" + std::to_string(number);
    one.rule.name = "Rule " + std::to_string(number);
    one.rule.scorecard = {1};
    one.rule.scope_query = "tags:x";
    return one;
  }
  static Scorecard card() {
    return {.number = {1},
            .id = "card",
            .name = "Ready",
            .description = "",
            .created_at = start(),
            .modified_at = start()};
  }
  static Kind kind_of(std::string name) {
    Kind kind;
    kind.name = std::move(name);
    return kind;
  }

  void make_catalog(OrgId org) {
    std::vector<ResourceChange> changes{Changed<Scorecard>{.before = {}, .after = card()}};
    for (std::uint32_t number = 1; number <= rules; ++number) {
      changes.push_back(Changed<CatalogRule>{.before = {}, .after = rule_of(number)});
    }
    for (std::uint32_t number = 1; number <= entities; ++number) {
      if (number % 3 != 0 && number != entities) continue;
      const DefinedEntity defined = definition_of(number);
      definitions_[{org.number, number}] = defined;
      seen_[{org.number, number}] = true;
      changes.push_back(
          Changed<CatalogEntity>{.before = {},
                                 .after = CatalogEntity{.number = {number},
                                                        .reference = reference_of(number),
                                                        .discovered_at = now_,
                                                        .definition = defined}});
    }
    for (const char* const name : {"api", "queue", "service"}) {
      changes.push_back(Changed<Kind>{.before = {}, .after = kind_of(name)});
    }
    change(org, std::move(changes));
    make_campaigns(org);
    const ReportedBlock block{
        .org = org,
        .rule = {1},
        .block = 0,
        .last_reported = std::vector<std::uint32_t>(reported_block_size, org.number)};
    done(open_.log().save_reported(std::span(&block, 1)));
  }

  // One after the other with the same key; the last one stays.
  void make_campaigns(OrgId org) {
    CatalogCampaign one;
    for (const std::uint32_t number : {1U, 2U, 3U}) {
      if (number > 1) {
        change(org, {Changed<CatalogCampaign>{.before = std::exchange(one, {}), .after = {}}});
      }
      one.campaign.number = {number};
      one.campaign.id = "campaign" + std::to_string(number);
      one.campaign.key = "key";
      if (number == 1) one.campaign.due_date = now_;
      one.campaign.rules = {{2}, {1}, {3}};
      one.rule_ids = {"rule2", "rule1", "rule3"};
      change(org, {Changed<CatalogCampaign>{.before = {}, .after = one}});
    }
  }

  // A rule without outcomes, a kind, two entities, which come back, and one that stays away.
  void remove_things(OrgId org) {
    change(org, {Changed<CatalogRule>{.before = rule_of(rules), .after = {}},
                 Changed<Kind>{.before = kind_of("queue"), .after = {}}});
    for (const std::uint32_t number : {6U, 7U, entities}) remove_entity(org, {number});
  }

  std::string store_;
  Metrics metrics_;
  OpenStore open_;
  std::mt19937_64 random_{1};  // NOLINT(cert-msc32-c,cert-msc51-cpp)
  Time now_ = start();
  // By the numbers of org (and rule) and entity.
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>, Cell> cells_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, bool> seen_;  // true: it lives
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::optional<DefinedEntity>> definitions_;
};

// By table, its rows in order.
using StoreText = std::map<std::string, std::vector<std::string>>;

class StoreTeller {
 public:
  // An embedded store is closed.
  explicit StoreTeller(const std::string& store) {
    auto source = open_copy_source(store);
    if (!source) throw std::runtime_error(source.error().detail);
    source_ = *std::move(source);
    for (const auto& table : store::all_tables()) read(table);
    const auto marks = source_->marks();
    ASSERT(marks);
    secrets = marks->secrets;
  }

  StoreText text;
  store::Secrets secrets;

 private:
  void read(const store::Table& table) {
    ASSERT(source_->begin_table(table, {}));
    auto& rows = text[table.name];
    for (store::CopyPage page;;) {
      ASSERT(source_->next(page));
      if (page.rows() == 0) break;
      for (std::size_t row = 0; row < page.rows(); ++row) rows.push_back(row_text(page, row));
    }
    std::ranges::sort(rows);
  }

  static std::string row_text(const store::CopyPage& page, std::size_t row) {
    std::string line;
    for (std::size_t column = 0; column < page.table().columns.size(); ++column) {
      const auto& what = page.table().columns[column];
      line += std::string(what.name) + "=";
      if (page.is_null(row, column)) {
        line += "NULL ";
      } else if (store::is_text(what.type)) {
        line += std::string(page.text(row, column)) + " ";
      } else {
        line += std::to_string(page.number(row, column)) + " ";
      }
    }
    return line;
  }

  std::unique_ptr<store::CopySource> source_;
};

}  // namespace scorekeeper::app

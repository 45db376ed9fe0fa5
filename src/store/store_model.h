// The differential part of the store's contract: random groups, restarts and look-ups, compared
// with plain maps. Included by test files only, after ledger_contract.h's suite.
#pragma once

#include <algorithm>
#include <deque>
#include <random>
#include <tuple>

#include "store/audit_contract.h"
#include "store/catalog_contract.h"
#include "store/catalog_model.h"
#include "store/entity_contract.h"

namespace scorekeeper::store {

// What a store must hold after the same calls.
struct StoreModel {
  std::vector<KeptChange> changes;  // ascending ids
  std::map<std::uint64_t, AcceptedRequest> requests;
  CatalogModel catalog;
  std::map<std::tuple<OrgId, RuleNumber, std::uint32_t>, std::vector<std::uint32_t>> reported;
  std::uint64_t reserved = 0;
};

class StoreAgainstModel : public StoreContract {
 protected:
  using Random = std::mt19937_64;
  static std::uint64_t below(Random& random, std::uint64_t end) { return random() % end; }

  void act(Random& random) {
    switch (below(random, 16)) {
      case 0:
        return reopen();
      case 1:
        return forget(random);
      case 2:
        return save_reported(random);
      case 3:
        return write_rule(random);
      case 4:
        return look_up(random);
      case 5:
      case 6:
        return define_entities(random);
      case 7:
        return write_kinds_and_campaigns(random);
      case 8:
        return list(random);
      default:
        return append_group(random);
    }
  }

  void append_group(Random& random) {
    std::vector<OutcomeChange> changes;
    std::vector<AcceptedRequest> requests;
    std::vector<NewEntity> entities;
    const std::size_t kept = model.changes.size();
    for (auto n = below(random, 70); n > 0; --n) model.changes.push_back(random_change(random));
    for (std::size_t n = kept; n < model.changes.size(); ++n) {
      changes.push_back(model.changes[n].change);
      changes.back().remarks = model.changes[n].remarks;
    }
    for (auto n = below(random, 5); n > 0; --n) {
      const auto number = next_request++;
      requests.push_back(make_request(number, org_of(random)));
      model.requests.emplace(number, requests.back());
    }
    std::deque<std::string> references;
    for (auto n = below(random, 3) == 0 ? below(random, 50) : 0; n > 0; --n) {
      entities.push_back(random_entity(random, org_of(random), references));
      model.catalog.put(entities.back());
    }
    if (below(random, 4) == 0) model.reserved = std::max(model.reserved, next_request + 100);
    append(make_group(changes, requests, entities, model.reserved));
  }

  // A new one, or a removed one that is seen again. `references` keeps its text.
  NewEntity random_entity(Random& random, OrgId org, std::deque<std::string>& references) {
    static constexpr std::string_view kinds[] = {"service", "api", "queue"};
    static constexpr std::string_view spaces[] = {"default", "a", "b"};
    EntityNumber number{next_entity};
    for (const auto& [known, entity] : model.catalog.orgs[org].entities) {
      if (entity.live || below(random, 3) != 0) continue;
      number = known;
      references.push_back(entity.reference);
      break;
    }
    if (number.number == next_entity) {
      ++next_entity;
      references.push_back(std::string(kinds[below(random, 3)]) + ":" +
                           std::string(spaces[below(random, 3)]) + "/" +
                           std::to_string(below(random, 40)) + "-" + std::to_string(number.number));
    }
    return NewEntity{.org = org,
                     .number = number,
                     .reference = references.back(),
                     .discovered_at = contract_time(static_cast<std::int64_t>(below(random, 99)))};
  }

  static OrgId org_of(Random& random) { return below(random, 3) == 0 ? org_b : org_a; }

  KeptChange random_change(Random& random) {
    last_row += 1 + below(random, 3);
    const auto rule = static_cast<std::uint32_t>(1 + below(random, 20));
    const auto entity = static_cast<std::uint32_t>(1 + below(random, 5'000));
    KeptChange kept{.change = make_change(last_row, org_of(random), rule, entity, {}),
                    .remarks = std::string(below(random, 200), 'x') + std::to_string(random())};
    kept.change.previous = {below(random, 2) == 0 ? 0 : below(random, last_row)};
    kept.change.hash = random();
    return kept;
  }

  void forget(Random& random) {
    const Time before = contract_time(static_cast<std::int64_t>(below(random, next_request + 2)));
    const auto limit = below(random, 10);
    std::uint64_t forgotten = 0;
    while (forgotten < limit && !model.requests.empty() &&
           model.requests.begin()->second.accepted_at < before) {
      model.requests.erase(model.requests.begin());
      ++forgotten;
    }
    EXPECT_EQ(*ledger().forget_requests(before, limit), forgotten);
  }

  void save_reported(Random& random) {
    std::vector<ReportedBlock> blocks;
    for (std::uint32_t n = 0; n < 3; ++n) {
      ReportedBlock block{.org = org_of(random),
                          .rule = {static_cast<std::uint32_t>(1 + below(random, 3))},
                          .block = n,
                          .last_reported = std::vector<std::uint32_t>(reported_block_size)};
      for (auto& time : block.last_reported) {
        if (below(random, 4) != 0)
          time = static_cast<std::uint32_t>(1 + below(random, 4'000'000'000));
      }
      // Reports only get later.
      auto& before = model.reported[{block.org, block.rule, n}];
      before.resize(reported_block_size);
      std::ranges::transform(before, block.last_reported, block.last_reported.begin(),
                             [](auto one, auto other) { return std::max(one, other); });
      before = block.last_reported;
      blocks.push_back(std::move(block));
    }
    EXPECT_TRUE(ledger().save_reported(blocks));
  }

  void write(const CatalogRows& change) {
    const auto written = catalog().write(change);
    ASSERT_TRUE(written) << written.error().detail;
    model.catalog.write(change);
    ++last_row;  // where servers share a store, the change took that place in the org's history
  }

  void write_rule(Random& random) {
    Rule rule =
        make_rule(static_cast<std::uint32_t>(1 + below(random, 9)), std::to_string(random()));
    if (below(random, 5) == 0) rule.removed_at_position = RowId{last_row};
    write({.org = org_of(random), .scorecards = {make_scorecard(1, "s")}, .rules = {rule}});
  }

  // Some new, some redefined, some removed.
  void define_entities(Random& random) {
    CatalogRows change{.org = org_of(random)};
    std::deque<std::string> references;
    for (auto n = below(random, 6); n > 0; --n) {
      change.entities.push_back(random_entity(random, change.org, references));
      model.catalog.put(change.entities.back());  // so that none is taken twice
    }
    for (const auto& [number, entity] : model.catalog.orgs[change.org].entities) {
      if (!entity.live) continue;
      const auto fate = below(random, 12);
      if (fate == 0 &&
          std::ranges::find(change.entities, number, &NewEntity::number) == change.entities.end()) {
        change.removed_entities.push_back({.number = number, .position = {last_row}});
      } else if (fate < 4) {
        change.definitions.push_back(random_definition(random, number, entity.reference));
      }
    }
    write(change);
  }

  static DefinedEntity random_definition(Random& random, EntityNumber number,
                                         const std::string& reference) {
    static constexpr std::string_view owners[] = {"", "dev", "ops"};
    auto defined = make_definition(number.number, reference, std::string(owners[below(random, 3)]));
    auto& definition = defined.definition;
    definition.raw = std::string(below(random, 6'000), 'r');
    definition.schema = "{\"n\":" + std::to_string(random()) + "}";
    definition.attributes.tags.resize(below(random, 3));
    const std::string other = "service:default/" + std::to_string(below(random, 5));
    if (below(random, 2) == 0) {
      definition.relations.push_back(
          {.type = "RelationTypeDependsOn", .from = reference, .to = other});
    }
    if (below(random, 3) == 0) {
      definition.relations.push_back(
          {.type = "RelationTypeDependsOn", .from = other, .to = "queue:default/all"});
    }
    return defined;
  }

  void write_kinds_and_campaigns(Random& random) {
    CatalogRows change{.org = org_of(random)};
    const std::string kind = "kind-" + std::to_string(below(random, 6));
    change.kinds.push_back(make_kind(kind));
    change.kinds[0].description = std::to_string(random());
    if (below(random, 3) == 0) {
      change.removed_kinds.push_back("kind-" + std::to_string(below(random, 6)));
    }
    std::vector<RuleNumber> rules;
    for (const auto& [number, rule] : model.catalog.orgs[change.org].rules) {
      if (below(random, 2) == 0) rules.push_back(number);
    }
    std::ranges::shuffle(rules, random);
    auto campaign = make_campaign(static_cast<std::uint32_t>(1 + below(random, 5)), rules);
    campaign.removed = below(random, 5) == 0;
    if (below(random, 2) == 0) campaign.due_date = contract_time(7);
    change.campaigns.push_back(campaign);
    for (auto n = below(random, 5); n > 0; --n) {
      change.events.push_back(make_event(change.org, below(random, 60)));
    }
    write(change);
  }

  void compare(OrgId org, const EntityListFilter& filter, bool raw) {
    const auto numbers = catalog().find_entities(org, filter).value();
    EXPECT_EQ(numbers, model.catalog.find_entities(org, filter));
    const EntitySelection selection{.numbers = numbers, .raw = raw};
    EXPECT_EQ(*catalog().read_entities(org, selection),
              model.catalog.read_entities(org, selection));
  }
  void list(Random& random) {
    static constexpr std::string_view types[] = {"RelationTypeDependsOn", "RelationTypeOwns",
                                                 "RelationTypeNone"};
    const OrgId org = org_of(random);
    EntityListFilter filter;
    const auto set = [&](auto& condition, const auto& value) {
      if (below(random, 4) == 0) condition = value;
    };
    set(filter.kind, "service");
    set(filter.name_space, "default");
    set(filter.owner, "ops");
    set(filter.relation_type, std::string(types[below(random, 3)]));
    filter.include_discovered = below(random, 2) == 0;
    filter.offset = below(random, 10);
    filter.size = below(random, 50);
    set(filter.numbers, std::vector{EntityNumber{1 + static_cast<std::uint32_t>(below(random, 9))},
                                    EntityNumber{50}});
    compare(org, filter, below(random, 2) == 0);
    RelationListFilter relations;
    set(relations.type, std::string(types[below(random, 3)]));
    set(relations.from, "service:default/" + std::to_string(below(random, 5)));
    set(relations.to, "team:default/ops");
    AuditFilter events;
    set(events.actor, std::to_string(below(random, 3)));
    set(events.action, AuditAction::updated);
    set(events.resource, AuditResource::rule);
    set(events.resource_id, "id" + std::to_string(below(random, 4)));
    set(events.request_id, "request-" + std::to_string(below(random, 20)));
    set(events.since, contract_time(static_cast<std::int64_t>(below(random, 60))));
    set(events.until, contract_time(static_cast<std::int64_t>(below(random, 60))));
    set(events.below, AuditNumber{1 + below(random, 60)});
    events.offset = below(random, 4);
    events.size = below(random, 30);
    EXPECT_EQ(*catalog().list_audit(org, events), model.catalog.list_audit(org, events));
    relations.offset = below(random, 10);
    relations.size = below(random, 50);
    EXPECT_EQ(catalog().list_relations(org, relations)->relations,
              model.catalog.list_relations(org, relations).relations);
  }

  void look_up(Random& random) {
    if (model.changes.empty()) return;
    const OrgId org = org_of(random);
    std::vector<RowId> ids;
    std::vector<OutcomeRow> expected;
    for (int n = 0; n < 30; ++n) {
      const auto& kept = model.changes[below(random, model.changes.size())];
      if (kept.change.org != org) continue;
      ids.push_back(kept.change.id);
      expected.push_back(OutcomeRow{.id = kept.change.id,
                                    .at = kept.change.at,
                                    .first_reported = time_of_seconds(kept.change.first_reported),
                                    .remarks = kept.remarks});
    }
    EXPECT_EQ(*ledger().rows(org, ids), expected);
  }

  void compare() {
    auto rows = fold();
    auto expected_rows = model.changes;
    ASSERT_EQ(rows.size(), expected_rows.size());
    const auto by_org = [](const OutcomeChange& change) {
      return std::pair(change.org, change.id);
    };
    std::ranges::sort(rows, {}, by_org);
    std::ranges::sort(expected_rows, {}, [&](const auto& kept) { return by_org(kept.change); });
    for (std::size_t n = 0; n < rows.size(); ++n) {
      ASSERT_TRUE(folds_alike(rows[n], expected_rows[n].change)) << n;
    }
    for (std::uint64_t n = 1; n < next_request; ++n) {
      const auto expected = model.requests.find(n);
      const OrgId org = expected == model.requests.end() ? org_a : expected->second.org;
      const auto found = find_request(org, n);
      ASSERT_EQ(found.has_value(), expected != model.requests.end()) << n;
      if (found) {
        EXPECT_EQ(*found, expected->second);
      }
    }
    decltype(model.reported) reported;
    EXPECT_TRUE(ledger().load_reported([&](const ReportedBlock& block) {
      reported[{block.org, block.rule, block.block}] = block.last_reported;
    }));
    EXPECT_EQ(reported, model.reported);
    compare_catalog();
    const RowId last = ledger().head()->last;
    EXPECT_GE(last, model.changes.empty() ? RowId{} : model.changes.back().change.id);
    EXPECT_LE(last, RowId{last_row});
  }

  void compare_catalog() {
    std::vector<std::pair<OrgId, EntityNumber>> entities;
    EXPECT_TRUE(catalog().load_entities([&](const FoldedEntity& entity) {
      const auto& expected = model.catalog.orgs[entity.org].entities.at(entity.number);
      EXPECT_EQ(entity.reference, expected.reference);
      EXPECT_EQ(entity.removed_at_position, expected.removed_at_position);
      EXPECT_EQ(entity.live, expected.live);
      entities.emplace_back(entity.org, entity.number);
    }));
    EXPECT_TRUE(std::ranges::is_sorted(entities));
    std::vector<std::pair<OrgId, EntityNumber>> definitions;
    EXPECT_TRUE(catalog().load_definitions(
        [&](OrgId org, EntityNumber number, const EntityAttributes& attributes) {
          const auto& expected = model.catalog.orgs[org].definitions.at(number);
          EXPECT_EQ(attributes, expected.definition.attributes);
          definitions.emplace_back(org, number);
        }));
    std::size_t known = 0;
    std::size_t defined = 0;
    for (const auto& [id, org] : model.catalog.orgs) {
      known += org.entities.size();
      defined += org.definitions.size();
      compare(id, {.include_discovered = true, .offset = 0, .size = 100'000}, true);
      EXPECT_EQ(*catalog().list_audit(id, {.size = 100'000}),
                model.catalog.list_audit(id, {.size = 100'000}));
    }
    EXPECT_EQ(entities.size(), known);
    EXPECT_EQ(definitions.size(), defined);
    const auto expected = model.catalog.load_catalog();
    const auto all = catalog().load_catalog();
    ASSERT_TRUE(all);
    ASSERT_EQ(all->size(), expected.size());
    for (std::size_t n = 0; n < all->size(); ++n) {
      EXPECT_EQ(all->at(n).org, expected[n].org);
      EXPECT_EQ(all->at(n).scorecards, expected[n].scorecards);
      EXPECT_EQ(all->at(n).rules, expected[n].rules);
      EXPECT_EQ(all->at(n).kinds, expected[n].kinds);
      EXPECT_EQ(all->at(n).campaigns, expected[n].campaigns);
    }
  }

  StoreModel model;
  std::uint64_t last_row = 0;
  std::uint64_t next_request = 1;
  std::uint32_t next_entity = 1;
};

TEST_P(StoreAgainstModel, HoldsTheSameAfterRandomOperations) {
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  for (int round = 0; round < 5 && !HasFatalFailure(); ++round) {
    for (int n = 0; n < 40; ++n) act(random);
    compare();
  }
}

}  // namespace scorekeeper::store

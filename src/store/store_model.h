// The differential part of the store's contract: random groups, restarts and look-ups, compared
// with plain maps. Included by test files only, after ledger_contract.h's suite.
#pragma once

#include <algorithm>
#include <random>
#include <tuple>

#include "store/ledger_contract.h"

namespace scorekeeper::store {

// What a store must hold after the same calls.
struct StoreModel {
  std::vector<KeptChange> changes;  // ascending ids
  std::map<std::uint64_t, AcceptedRequest> requests;
  std::map<std::pair<OrgId, EntityNumber>, std::string> entities;
  std::map<std::pair<OrgId, RuleNumber>, Rule> rules;
  std::map<std::tuple<OrgId, RuleNumber, std::uint32_t>, std::vector<std::uint32_t>> reported;
  std::uint64_t reserved = 0;
};

class StoreAgainstModel : public StoreContract {
 protected:
  using Random = std::mt19937_64;
  static std::uint64_t below(Random& random, std::uint64_t end) { return random() % end; }

  void act(Random& random) {
    switch (below(random, 12)) {
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
    for (auto n = below(random, 3) == 0 ? below(random, 50) : 0; n > 0; --n) {
      const std::pair at{org_of(random), EntityNumber{next_entity++}};
      const auto& reference =
          model.entities.emplace(at, "service:default/" + std::to_string(random())).first->second;
      entities.push_back(NewEntity{.org = at.first,
                                   .number = at.second,
                                   .reference = reference,
                                   .discovered_at = contract_time(0)});
    }
    if (below(random, 4) == 0) model.reserved = std::max(model.reserved, next_request + 100);
    append(make_group(changes, requests, entities, model.reserved));
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
      model.reported[{block.org, block.rule, n}] = block.last_reported;
      blocks.push_back(std::move(block));
    }
    EXPECT_TRUE(ledger().save_reported(blocks));
  }

  void write_rule(Random& random) {
    const OrgId org = org_of(random);
    Rule rule =
        make_rule(static_cast<std::uint32_t>(1 + below(random, 9)), std::to_string(random()));
    if (below(random, 5) == 0) rule.removed_at_position = RowId{last_row};
    model.rules[{org, rule.number}] = rule;
    EXPECT_TRUE(catalog().write(
        CatalogChange{.org = org, .scorecards = {make_scorecard(1, "s")}, .rules = {rule}}));
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
    const auto rows = fold();
    ASSERT_EQ(rows.size(), model.changes.size());
    for (std::size_t n = 0; n < rows.size(); ++n) {
      ASSERT_TRUE(folds_alike(rows[n], model.changes[n].change)) << n;
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
    decltype(model.entities) entities;
    EXPECT_TRUE(catalog().load_entities(
        [&](OrgId org, EntityNumber number, std::string_view reference, std::optional<RowId>) {
          entities.emplace(std::pair(org, number), reference);
        }));
    EXPECT_EQ(entities, model.entities);
    decltype(model.reported) reported;
    EXPECT_TRUE(ledger().load_reported([&](const ReportedBlock& block) {
      reported[{block.org, block.rule, block.block}] = block.last_reported;
    }));
    EXPECT_EQ(reported, model.reported);
    decltype(model.rules) rules;
    const auto all = catalog().load_rules();
    ASSERT_TRUE(all);
    for (const OrgRules& loaded : *all) {
      for (const Rule& rule : loaded.rules) rules[{loaded.org, rule.number}] = rule;
    }
    EXPECT_EQ(rules, model.rules);
    EXPECT_EQ(ledger().head()->last, RowId{last_row});
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

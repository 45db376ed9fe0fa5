// The differential part of the store's contract: random groups, restarts and look-ups, compared
// with plain maps. Included by test files only, after log_contract.h's suite.
#pragma once

#include <algorithm>
#include <deque>
#include <random>
#include <set>
#include <span>
#include <string>
#include <tuple>

#include "store/contract/audit_contract.h"
#include "store/contract/catalog_contract.h"
#include "store/contract/catalog_model.h"
#include "store/contract/entity_contract.h"
#include "store/seal.h"

namespace scorekeeper::store {

// A model of the store, which must hold the same after the same calls.
struct StoreModel {
  std::map<OrgId, std::vector<LogRecord>> records;
  std::map<OrgId, std::map<RowId, OutcomeRow>> rows;
  std::map<std::uint64_t, AcceptedRequest> requests;
  CatalogModel catalog;
  std::map<std::tuple<OrgId, RuleNumber, std::uint32_t>, std::vector<std::uint32_t>> reported;
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
        return append_outcomes(random);
    }
  }

  static OrgId org_of(Random& random) { return below(random, 3) == 0 ? org_b : org_a; }

  LogGroup random_group(Random& random, OrgId org) {
    return LogGroup{
        .org = org,
        .at = contract_time(static_cast<std::int64_t>(++groups)),
        .actor = {.type = below(random, 2) == 0 ? AuditActorType::key : AuditActorType::subject,
                  .id = std::to_string(below(random, 3))},
        .request_id = "request-" + std::to_string(below(random, 20))};
  }

  // Several groups in one append, with requests, some of which changed nothing.
  void append_outcomes(Random& random) {
    const OrgId org = org_of(random);
    std::deque<std::string> texts;
    used.clear();
    std::vector<LogGroup> written;
    for (auto n = below(random, 4); n > 0; --n) {
      written.push_back(random_group(random, org));
      LogGroup& group = written.back();
      for (auto m = 1 + below(random, 180); m > 0; --m) {
        group.outcomes.push_back(random_outcome(random, texts));
      }
      for (auto m = below(random, 3) == 0 ? below(random, 50) : 0; m > 0; --m) {
        group.entities.push_back(random_entity(random, org, texts));
      }
    }
    std::vector<AcceptedRequest> requests;
    for (auto n = below(random, 5); n > 0; --n) {
      const auto number = next_request++;
      requests.push_back(make_request(number, org));
      model.requests.emplace(number, requests.back());
    }
    if (written.empty()) written.push_back({.org = org});
    take(org, written, append_groups(log(), written, requests));
  }

  // Takes appended records into the model.
  void take(OrgId org, std::span<const LogGroup> written, const Result<void>& done) {
    ASSERT_TRUE(done) << done.error().detail;
    auto& records = model.records[org];
    Head head;
    head.org = org;
    if (!records.empty()) {
      const LogRecord& last = records.back();
      head = {
          .org = org, .last = last.last(), .last_at = last.at, .chain = last.chain, .floor = {}};
    }
    LogMaker maker(head);
    for (const LogGroup& group : written) maker.add(group);
    Append append = maker.take();
    seal(std::span(&head, 1), append);
    for (const NewEntity& entity : append.entities) {
      model.catalog.put(org, entity.number, entity.reference, entity.discovered_at);
    }
    for (const LogRecord& record : append.records) {
      record.kind == RecordKind::outcomes ? take_outcomes(record) : take_changes(record, written);
      records.push_back(record);
    }
  }
  void take_outcomes(const LogRecord& record) {
    OutcomeBody body;
    ASSERT_TRUE(read_outcome_body(record, body));
    for (std::size_t n = 0; n < body.changes.size(); ++n) {
      const RowId position{record.position.number + n};
      model.rows[record.org][position] = {
          .id = position,
          .rule = body.changes[n]->rule,
          .entity = body.changes[n]->entity,
          .at = record.at,
          .first_reported = time_of_seconds(body.changes[n]->first_reported),
          .remarks = std::string(body.changes[n]->remarks)};
    }
  }
  // A group of changes is an append of its own here, and its records follow each other.
  void take_changes(const LogRecord& record, std::span<const LogGroup> written) {
    ASSERT_EQ(written.size(), 1U);
    const Authorship by{.actor = record.actor, .request_id = record.request_id, .at = record.at};
    const auto told = read_catalog_body(record.body);
    ASSERT_TRUE(told) << told.error().detail;
    for (std::size_t n = 0; n < record.count; ++n) {
      model.catalog.write(record.org, written.front().changes.at(changes_taken++));
      for (AuditEvent& event : events_of({.org = record.org, .changes = {*told->at(n)}}, by)) {
        event.number = {record.position.number + n};
        model.catalog.orgs[record.org].events.push_back(std::move(event));
      }
    }
  }
  void write(Random& random, OrgId org, std::vector<ResourceChange> changes) {
    if (changes.empty()) return;
    LogGroup group = random_group(random, org);
    group.changes = std::move(changes);
    changes_taken = 0;
    take(org, std::span(&group, 1), append_group(log(), group));
  }

  ChangedOutcome random_outcome(Random& random, std::deque<std::string>& texts) {
    texts.push_back(std::string(below(random, 200), 'x') + std::to_string(random()));
    auto outcome = make_outcome(static_cast<std::uint32_t>(1 + below(random, 20)),
                                static_cast<std::uint32_t>(1 + below(random, 5'000)), texts.back());
    outcome.previous = {below(random, 2) == 0 ? 0 : below(random, 100'000)};
    if (below(random, 9) == 0) outcome.state.reset();
    if (below(random, 3) == 0) outcome.before = State::skip;
    return outcome;
  }

  // A new one, or a removed one that is seen again. `texts` keeps its reference.
  SeenEntity random_entity(Random& random, OrgId org, std::deque<std::string>& texts) {
    static constexpr std::string_view kinds[] = {"service", "api", "queue"};
    static constexpr std::string_view spaces[] = {"default", "a", "b"};
    for (const auto& [known, entity] : model.catalog.orgs[org].entities) {
      if (entity.live || used.contains({org, known}) || below(random, 3) != 0) continue;
      texts.push_back(entity.reference);
      used.insert({org, known});
      return {.number = known, .reference = texts.back(), .revived = true};
    }
    const EntityNumber number{next_entity++};
    texts.push_back(std::string(kinds[below(random, 3)]) + ":" +
                    std::string(spaces[below(random, 3)]) + "/" +
                    std::to_string(below(random, 40)) + "-" + std::to_string(number.number));
    return {.number = number, .reference = texts.back()};
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
    EXPECT_EQ(*log().forget_requests(before, limit), forgotten);
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
    EXPECT_TRUE(log().save_reported(blocks));
  }

  void write_rule(Random& random) {
    const OrgId org = org_of(random);
    std::vector<ResourceChange> changes;
    if (scorecards.insert(org).second) changes.push_back(created(make_scorecard(1, "one")));
    auto rule =
        make_rule(static_cast<std::uint32_t>(1 + below(random, 9)), std::to_string(random()));
    const auto& rules = model.catalog.orgs[org].rules;
    const auto known = rules.find(rule.rule.number);
    if (known == rules.end()) {
      changes.push_back(created(rule));
    } else if (below(random, 4) == 0) {
      changes.push_back(deleted(known->second));
    } else {
      changes.push_back(updated(known->second, rule));
    }
    write(random, org, std::move(changes));
  }

  // Some new, some redefined, some removed.
  void define_entities(Random& random) {
    const OrgId org = org_of(random);
    const auto& known = model.catalog.orgs[org];
    std::vector<ResourceChange> changes;
    for (const auto& [number, entity] : known.entities) {
      if (!entity.live) continue;
      const auto fate = below(random, 12);
      CatalogEntity before = make_undefined_entity(number.number, entity.reference);
      if (known.definitions.contains(number)) before.definition = known.definitions.at(number);
      CatalogEntity after = before;
      if (fate == 0) {
        changes.push_back(deleted(before));
      } else if (fate == 1 && before.definition) {
        after.definition.reset();
        changes.push_back(updated(before, after));
      } else if (fate < 4) {
        after.definition = random_definition(random, number, entity.reference);
        changes.push_back(updated(before, after));
      }
    }
    std::deque<std::string> texts;
    used.clear();
    for (auto n = below(random, 6); n > 0; --n) {
      const SeenEntity seen = random_entity(random, org, texts);
      auto defined = random_definition(random, seen.number, std::string(seen.reference));
      changes.push_back(created(make_entity(defined, true)));
    }
    write(random, org, std::move(changes));
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
    const OrgId org = org_of(random);
    const auto& known = model.catalog.orgs[org];
    std::vector<ResourceChange> changes;
    Kind kind = make_kind("kind-" + std::to_string(below(random, 6)));
    kind.description = std::to_string(random());
    const auto kinds = known.kinds.find(kind.name);
    if (kinds == known.kinds.end()) {
      changes.push_back(created(kind));
    } else if (below(random, 3) == 0) {
      changes.push_back(deleted(kinds->second));
    } else {
      changes.push_back(updated(kinds->second, kind));
    }
    std::vector<RuleNumber> rules;
    for (const auto& [number, rule] : known.rules) {
      if (below(random, 2) == 0) rules.push_back(number);
    }
    std::ranges::shuffle(rules, random);
    auto campaign = make_campaign(static_cast<std::uint32_t>(1 + below(random, 5)), rules);
    if (below(random, 2) == 0) campaign.campaign.due_date = contract_time(7);
    const auto campaigns = known.campaigns.find(campaign.campaign.number);
    if (campaigns == known.campaigns.end()) {
      changes.push_back(created(campaign));
    } else if (below(random, 4) == 0) {
      changes.push_back(deleted(campaigns->second));
    } else {
      changes.push_back(updated(campaigns->second, campaign));
    }
    write(random, org, std::move(changes));
  }

  void compare(OrgId org, const EntityListFilter& filter, bool raw) {
    const auto numbers = catalog().find_entities(org, filter).value();
    EXPECT_EQ(numbers, model.catalog.find_entities(org, filter));
    const EntitySelection selection{.numbers = numbers, .raw = raw};
    auto read = *catalog().read_entities(org, selection);
    for (ListedEntity& listed : read) {
      EXPECT_EQ(listed.defined, bool{listed.entity.version});
      listed.entity.version = {};  // the model has no positions
    }
    EXPECT_EQ(read, model.catalog.read_entities(org, selection));
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
    filter.page.offset = below(random, 10);
    filter.page.size = below(random, 50);
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
    set(events.resource_id, "rule" + std::to_string(below(random, 4)));
    set(events.request_id, "request-" + std::to_string(below(random, 20)));
    set(events.since, contract_time(static_cast<std::int64_t>(below(random, 200))));
    set(events.until, contract_time(static_cast<std::int64_t>(below(random, 200))));
    set(events.below, AuditNumber{1 + below(random, 5'000)});
    events.page.offset = below(random, 4);
    events.page.size = below(random, 30);
    EXPECT_EQ(*catalog().list_audit(org, events), model.catalog.list_audit(org, events));
    relations.page.offset = below(random, 10);
    relations.page.size = below(random, 50);
    EXPECT_EQ(catalog().list_relations(org, relations)->relations,
              model.catalog.list_relations(org, relations).relations);
  }

  void look_up(Random& random) {
    const OrgId org = org_of(random);
    const auto& known = model.rows[org];
    if (known.empty()) return;
    std::vector<RowId> positions;
    std::vector<OutcomeRow> expected;
    for (int n = 0; n < 30; ++n) {
      auto place = known.lower_bound({below(random, known.rbegin()->first.number + 1)});
      positions.push_back(place->first);
      expected.push_back(place->second);
    }
    EXPECT_EQ(rows(org, positions), expected);
  }

  void compare() {
    for (const OrgId org : {org_a, org_b}) {
      const auto& expected = model.records[org];
      EXPECT_EQ(records(org, 7), expected);
      EXPECT_EQ(head(org).last, expected.empty() ? RowId() : expected.back().last());
      compare(org, {.include_discovered = true, .page = {.offset = 0, .size = 100'000}}, true);
      EXPECT_EQ(*catalog().list_audit(org, {.page = {.size = 100'000}}),
                model.catalog.list_audit(org, {.page = {.size = 100'000}}));
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
    log().forget_reports_seen();
    EXPECT_EQ(new_reports(), model.reported);
  }

  StoreModel model;
  std::int64_t groups = 0;
  std::size_t changes_taken = 0;  // of the group that is taken over
  std::uint64_t next_request = 1;
  std::uint32_t next_entity = 1;
  std::set<OrgId> scorecards;                       // that have one
  std::set<std::pair<OrgId, EntityNumber>> used{};  // revived in the group that is made
};

TEST_P(StoreAgainstModel, HoldsTheSameAfterRandomOperations) {
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  for (int round = 0; round < 5 && !HasFatalFailure(); ++round) {
    for (int n = 0; n < 40 && !HasFatalFailure(); ++n) act(random);
    compare();
  }
}

}  // namespace scorekeeper::store

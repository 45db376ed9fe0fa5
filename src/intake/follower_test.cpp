// Several servers on one store: whatever each of them takes, all show the same, and the same as a
// new one that folds the store.
#include "intake/follower.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "intake/faulty_log_fixture.h"
#include "intake/intake_fixture.h"
#include "intake/shared_store_fixture.h"

namespace scorekeeper::intake {
namespace {

constexpr OrgId org{1};

class Member {
 public:
  explicit Member(SharedStore& store)
      : log(std::make_unique<FaultyLog>(store.log())),
        server(std::make_unique<Server>(*log, store)) {}
  Member(const Member&) = delete;
  Member& operator=(const Member&) = delete;
  ~Member() { server.reset(); }

  matrix::OrgMatrix& matrix() { return server->matrix->org(org); }
  void wait_until_shown(RowId position) {
    std::promise<bool> shown;
    auto future = shown.get_future();
    server->intake->when_shown(org, position, nullptr, [&](bool is) { shown.set_value(is); });
    EXPECT_TRUE(get(future)) << position.number;
  }
  Result<void> define(const std::string& reference, const std::string& owner) {
    EntityDefinition definition;
    definition.reference = reference;
    definition.attributes.owner = owner;
    const auto defined = server->define({definition});
    return defined ? Result<void>() : defined.error();
  }
  Result<void> remove(const std::string& reference, bool definition_alone = false) {
    const auto removed = server->change(
        bound(decide_remove_entity, EntityTarget{.number = {},
                                                 .reference = reference,
                                                 .given = reference,
                                                 .definition_alone = definition_alone}));
    return removed ? Result<void>() : removed.error();
  }
  // All that readers see, as text.
  std::vector<std::string> shown() {
    std::vector<std::string> lines;
    const auto page = server->outcomes();
    lines.reserve(page.outcomes.size());
    for (const auto& one : page.outcomes) {
      lines.push_back(fmt::format("{} {} {} row {} first {}", one.rule.number, one.entity_reference,
                                  name_of(one.cell.state), one.cell.row.number,
                                  one.cell.first_reported));
    }
    for (const auto& view : matrix().list_rules({}, {.offset = 0, .size = 1'000})) {
      lines.push_back(fmt::format("rule {} {} {} {}", view.rule.id, view.rule.name,
                                  view.rule.scope_query, view.scorecard.name));
    }
    WorkBudget unbounded;
    const auto scores = matrix().list_entity_scores({}, unbounded)->rows;
    for (const auto& score : scores) {
      lines.push_back(fmt::format("entity {} of {} pass {} fail {}", score.entity.number,
                                  matrix().is_defined(score.entity), score.counts.pass,
                                  score.counts.fail));
    }
    lines.push_back(
        fmt::format("entities {} rules {}", matrix().count_entities(), matrix().count_rules()));
    return lines;
  }

  std::unique_ptr<FaultyLog> log;
  std::unique_ptr<Server> server;
};

// Remarks that the store refuses, with all of their group.
constexpr const char* poison = "poison";

class Cluster : public testing::Test {
 protected:
  void add_members(int count) {
    for (int n = 0; n < count; ++n) members.push_back(make());
  }
  std::unique_ptr<Member> make() { return std::make_unique<Member>(store); }
  // All members show the latest position of any, and the same as a new one.
  void check() {
    RowId latest;
    for (const auto& member : members) latest = std::max(latest, member->matrix().position());
    const auto fresh = make();
    const auto expected = fresh->shown();
    for (const auto& member : members) {
      member->wait_until_shown(latest);
      EXPECT_EQ(member->shown(), expected);
    }
  }
  SharedStore store;
  std::vector<std::unique_ptr<Member>> members;
};

TEST_F(Cluster, TakesARuleThatAnotherServerHasJustMade) {
  add_members(2);
  for (int n = 0; n < 20; ++n) {
    const auto rule = members[0]->server->make_rule(fmt::format("rule {}", n));
    const auto receipt = members[1]->server->submit({{rule, "service:default/a", State::pass, ""}});
    ASSERT_TRUE(receipt) << receipt.error().error.detail;
    EXPECT_EQ(receipt->request.total_changed, 1U);
  }
  const auto unknown =
      members[1]->server->submit({{"nobody", "service:default/a", State::pass, ""}});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().error.code, Code::conflict);
  check();
}

// A server starts while another process prunes: the heads that it has read are older.
TEST_F(Cluster, FoldsALogThatIsPrunedMeanwhile) {
  add_members(1);
  Server& server = *members[0]->server;
  const auto rule = server.make_rule("rule");
  for (const State state : {State::fail, State::pass, State::skip, State::fail}) {
    ASSERT_TRUE(server.submit({{rule, "service:default/a", state, ""}}));
  }
  const auto records = store.records(org);
  const RowId last_but_one = records.at(records.size() - 2).position;
  FaultyLog log(store.log());
  log.before_read = [&] { store.prune_up_to(org, last_but_one); };
  const Server late(log, store);
  ASSERT_NE(late.intake, nullptr);
  EXPECT_EQ(late.matrix->org(org).position(), server.matrix->org(org).position());
  EXPECT_EQ(store.records(org).size(), records.size() - 1);
  check();
}

TEST_F(Cluster, JudgesChangesOnWhatAllServersHaveWritten) {
  add_members(3);
  const auto rule = members[0]->server->make_rule("rule");
  std::uint64_t changed = 0;
  for (int n = 0; n < 60; ++n) {
    const auto state = static_cast<State>(1 + n / 3 % 3);
    const auto receipt = members[static_cast<std::size_t>(n % 3)]->server->submit(
        {{rule, "service:default/a", state, ""}});
    ASSERT_TRUE(receipt);
    changed += receipt->request.total_changed;
  }
  EXPECT_EQ(changed, 20U);
  check();
}

TEST_F(Cluster, RefusesARuleThatAnotherServerHasRemoved) {
  add_members(2);
  const auto rule = members[0]->server->make_rule("rule");
  ASSERT_TRUE(members[1]->server->submit({{rule, "service:default/a", State::fail, "x"}}));
  ASSERT_TRUE(members[0]->server->remove_rule(rule));
  const auto late = members[1]->server->submit({{rule, "service:default/a", State::pass, ""}});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().error.code, Code::conflict);
  check();
}

TEST_F(Cluster, ForgetsAnEntityThatAnotherServerHasRemoved) {
  add_members(2);
  const auto one = members[0]->server->make_rule("one");
  const auto two = members[0]->server->make_rule("two");
  const auto report = [&](std::size_t member, const std::string& rule) {
    return members[member]->server->submit({{rule, "service:default/a", State::pass, ""}});
  };
  ASSERT_TRUE(report(0, one));
  ASSERT_TRUE(members[1]->define("service:default/a", "team"));
  ASSERT_TRUE(report(1, two));
  ASSERT_TRUE(members[0]->remove("service:default/a"));
  EXPECT_TRUE(members[0]->server->outcomes().outcomes.empty());
  const auto again = report(1, two);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->request.total_changed, 1U);
  check();
  EXPECT_EQ(members[0]->server->outcomes().outcomes.size(), 1U);
  EXPECT_FALSE(members[1]->matrix().is_defined(EntityNumber{1}));
}

TEST_F(Cluster, ForgetsADefinitionThatAnotherServerHasRemoved) {
  add_members(2);
  const auto rule = members[0]->server->make_rule("rule");
  ASSERT_TRUE(members[0]->server->submit({{rule, "service:default/a", State::pass, ""}}));
  ASSERT_TRUE(members[1]->define("service:default/A", "team"));
  members[0]->wait_until_shown(members[1]->matrix().position());
  EXPECT_TRUE(members[0]->matrix().is_defined(EntityNumber{1}));
  ASSERT_TRUE(members[1]->remove("service:default/a", true));
  check();
  for (const auto& member : members) {
    EXPECT_FALSE(member->matrix().is_defined(EntityNumber{1}));
    EXPECT_EQ(member->server->outcomes().outcomes.size(), 1U);
  }
}

TEST_F(Cluster, TimesDoNotGoBackWhateverTheClocksSay) {
  add_members(2);
  members[1]->server->clock.advance(-std::chrono::hours(1));
  const auto rule = members[0]->server->make_rule("rule");
  Time last{};
  for (int n = 0; n < 20; ++n) {
    const auto receipt = members[static_cast<std::size_t>(n % 2)]->server->submit(
        {{rule, "service:default/a", static_cast<State>(1 + n % 3), ""}});
    ASSERT_TRUE(receipt);
    EXPECT_GE(receipt->request.accepted_at, last);
    last = receipt->request.accepted_at;
  }
  check();
}

TEST_F(Cluster, FoldsAgainWhenTheHistoryMayBeAnother) {
  add_members(2);
  const auto rule = members[0]->server->make_rule("rule");
  std::shared_ptr<const SharedStore::Contents> old;
  for (int n = 0; n < 30; ++n) {
    ASSERT_TRUE(members[0]->server->submit(
        {{rule, fmt::format("service:default/{}", n), State::pass, ""}}));
    if (n == 20) old = store.save();
  }
  const RowId before = members[0]->matrix().position();
  members[1]->wait_until_shown(before);
  // The store loses the changes that a standby without synchronous replication may lack.
  store.restore(*old);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  for (const auto& member : members) {
    BatchResult taken = std::unexpected(Failure{});
    while (!taken && std::chrono::steady_clock::now() < deadline) {
      taken = member->server->submit({{rule, "service:default/5", State::fail, "later"}});
    }
    ASSERT_TRUE(taken) << taken.error().error.detail;
  }
  EXPECT_LT(members[0]->matrix().position(), before);
  EXPECT_FALSE(members[1]->matrix().find_entity("service:default/29"));
  check();
}

// One history of all that servers do, each step at any of them, unwaited for by the others.
TEST_F(Cluster, ShowsTheSameAfterAnyHistory) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const auto number = [&](std::uint32_t below) {
    return std::uniform_int_distribution<std::uint32_t>(0, below - 1)(random);
  };
  const auto entity = [&] { return fmt::format("service:default/{}", number(25)); };
  add_members(3);
  store.fail_on_remarks(poison);
  std::vector<std::string> rules{members[0]->server->make_rule("first")};
  for (int n = 0; n < 250; ++n) {
    Member& member = *members[number(3)];
    const auto what = number(100);
    if (what < 6) {
      rules.push_back(member.server->make_rule(fmt::format("rule {}", number(9))));
    } else if (what < 9 && rules.size() > 1) {
      const auto place = rules.begin() + number(static_cast<std::uint32_t>(rules.size()));
      EXPECT_TRUE(member.server->remove_rule(*place));
      rules.erase(place);
    } else if (what < 16) {
      EXPECT_TRUE(member.define(entity(), "team"));
    } else if (what < 21) {
      const auto removed = member.remove(entity());
      if (!removed) {
        EXPECT_EQ(removed.error().code, Code::not_found);
      }
    } else if (what < 24) {
      member.server->restart();
    } else {
      std::vector<TestResult> results(1 + number(30));
      for (auto& result : results) {
        result = {rules[number(static_cast<std::uint32_t>(rules.size()))], entity(),
                  static_cast<State>(1 + number(3)), number(2) == 0 ? "" : "remarks"};
      }
      if (what < 30) {
        auto refused = results;
        refused.push_back({rules.front(), "service:default/refused", State::fail, poison});
        EXPECT_FALSE(member.server->submit(refused));
      }
      // Another one's tail fails half way; it reads it again.
      Member& other = *members[number(3)];
      if (what >= 90 && &other != &member) other.log->fail_tails(1, number(3));
      const auto first = member.server->submit(results);
      ASSERT_TRUE(first) << first.error().error.detail;
      other.wait_until_shown(member.matrix().position());
      other.log->fail_tails(0, 0);
      const auto again = members[number(3)]->server->submit(results);
      ASSERT_TRUE(again) << again.error().error.detail;
      EXPECT_EQ(again->request.total_changed, 0U);
    }
    if (n % 50 == 49) check();
  }
}

// While a commit hangs nobody looks at the heads: a server among others is behind then, a server
// alone is not.
TEST(IsFollowing, ACommitThatHangsCountsWhereOthersAppend) {
  SharedStore store;
  Member member(store);
  const std::string rule = member.server->make_rule("rule");
  store.hold();
  auto waits = member.server->send({{rule, "service:default/a", State::pass, ""}});
  store.wait_until_held();
  EXPECT_TRUE(member.server->intake->is_following());
  store.age_max = std::chrono::milliseconds(0);
  EXPECT_FALSE(member.server->intake->is_following());
  store.release();
  ASSERT_TRUE(get(waits));
  store.age_max = std::chrono::minutes(1);
  EXPECT_TRUE(member.server->intake->is_following());
}

}  // namespace
}  // namespace scorekeeper::intake

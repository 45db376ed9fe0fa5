#include "intake/intake.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "intake/intake_fixture.h"
#include "intake/shared_store_fixture.h"

namespace scorekeeper::intake {
namespace {

class IntakeTest : public testing::Test {
 public:
  ~IntakeTest() override {
    server.stop();
    EXPECT_EQ(store.broken(), "");
  }
  matrix::Cell cell(const std::string& rule, const std::string& entity) {
    const auto& matrix = server.matrix->org(OrgId{1});
    const auto view = matrix.find_rule(rule);
    return matrix.find_cell(view->rule.number, matrix.find_entity(entity)).value();
  }
  void wait_for(const std::function<bool()>& holds) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!holds() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    ASSERT_TRUE(holds());
  }

  SharedStore store;
  Server server{store, store};
};

const std::string shop = "service:default/shop";
const std::string pay = "service:default/pay";

TEST_F(IntakeTest, AcceptsABatchAndAppliesIt) {
  const auto rule = server.make_rule("first");
  const auto receipt =
      server.submit({{rule, shop, State::pass, "fine"}, {rule, pay, State::fail, ""}}, OrgId{1},
                    {.want_rows = true});
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->total_updated, 2U);
  EXPECT_EQ(receipt->request.total_received, 2U);
  EXPECT_EQ(receipt->request.total_changed, 2U);
  EXPECT_EQ(receipt->request.position, RowId{4});  // behind the scorecard and the rule
  EXPECT_EQ(receipt->request.actor, (AuditActor{AuditActorType::key, "7"}));
  EXPECT_EQ(receipt->request.accepted_at, server.clock.now());
  EXPECT_EQ(receipt->rows, (std::vector{RowId{3}, RowId{4}}));
  EXPECT_EQ(*store.find_request(OrgId{1}, receipt->request.number).value(), receipt->request);
  const auto page = server.outcomes();
  ASSERT_EQ(page.outcomes.size(), 2U);
  EXPECT_EQ(page.outcomes[0].entity_reference, shop);
  EXPECT_EQ(page.outcomes[1].cell.state, State::fail);
  EXPECT_EQ(server.metrics.counter("scorekeeper_outcomes_changed_total", "").value(), 2.0);
}

TEST_F(IntakeTest, WritesNothingButTheRequestWhenNothingChanges) {
  const auto rule = server.make_rule("first");
  const std::vector<TestResult> results{{rule, shop, State::pass, "fine"}};
  ASSERT_TRUE(server.submit(results));
  const auto before = cell(rule, shop);
  server.clock.advance(std::chrono::seconds(100));
  const auto again = server.submit(results, OrgId{1}, {.want_rows = true});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->request.total_changed, 0U);
  EXPECT_EQ(again->total_updated, 1U);
  EXPECT_EQ(again->rows, std::vector{RowId{3}});
  EXPECT_EQ(store.count_changes(), 1U);
  const auto after = cell(rule, shop);
  EXPECT_EQ(after.last_reported, before.last_reported + 100);
  EXPECT_EQ(after.first_reported, before.first_reported);
  EXPECT_EQ(after.row, before.row);
}

TEST_F(IntakeTest, SeesAChangeOfRemarksAlone) {
  const auto rule = server.make_rule("first");
  ASSERT_TRUE(server.submit({{rule, shop, State::pass, "fine"}}));
  const auto changed = server.submit({{rule, shop, State::pass, "better"}});
  EXPECT_EQ(changed->request.total_changed, 1U);
  EXPECT_EQ(store.change(1).previous, RowId{3});
  EXPECT_EQ(store.change(1).first_reported, store.change(0).first_reported);
}

TEST_F(IntakeTest, CountsTheLastResultOfACellInOneRequest) {
  const auto rule = server.make_rule("first");
  const auto receipt = server.submit({{rule, shop, State::pass, ""},
                                      {rule, pay, State::pass, ""},
                                      {rule, shop, State::fail, "last"}},
                                     OrgId{1}, {.want_rows = true});
  EXPECT_EQ(receipt->total_updated, 2U);
  EXPECT_EQ(receipt->request.total_received, 3U);
  EXPECT_EQ(receipt->request.total_changed, 2U);
  EXPECT_EQ(receipt->rows[0], receipt->rows[2]);
  EXPECT_EQ(cell(rule, shop).state, State::fail);
  EXPECT_EQ(store.count_changes(), 2U);
}

TEST_F(IntakeTest, TakesAllSpellingsOfAServiceForOneEntity) {
  const auto rule = server.make_rule("first");
  const std::string loud = "service:default/SHOP";
  // New in one group, then known; a deleted one comes back under its number.
  ASSERT_TRUE(server.submit({{rule, loud, State::pass, ""}, {rule, shop, State::fail, ""}}));
  ASSERT_TRUE(server.submit({{rule, "service:default/Shop", State::skip, ""}}));
  auto page = server.outcomes();
  ASSERT_EQ(page.outcomes.size(), 1U);
  EXPECT_EQ(page.outcomes[0].entity_reference, loud);
  EXPECT_EQ(page.outcomes[0].cell.state, State::skip);
  ASSERT_TRUE(server.remove_entity(shop));
  ASSERT_TRUE(server.submit({{rule, shop, State::fail, ""}}));
  page = server.outcomes();
  ASSERT_EQ(page.outcomes.size(), 1U);
  EXPECT_EQ(page.outcomes[0].entity_reference, loud);
  EXPECT_EQ(page.outcomes[0].entity, EntityNumber{1});
}

TEST_F(IntakeTest, ChainsChangesOfOneCellByTwoRequestsOfAGroup) {
  const auto rule = server.make_rule("first");
  store.hold();
  auto blocker = server.send({{rule, pay, State::pass, ""}});
  store.wait_until_held();
  auto first = server.send({{rule, shop, State::pass, ""}});
  auto second = server.send({{rule, shop, State::fail, ""}});
  auto third = server.send({{rule, shop, State::fail, ""}});
  const auto groups = store.count_groups();
  store.release();
  ASSERT_TRUE(get(blocker));
  EXPECT_EQ(get(first)->request.total_changed, 1U);
  EXPECT_EQ(get(second)->request.total_changed, 1U);
  EXPECT_EQ(get(third)->request.total_changed, 0U);
  EXPECT_EQ(store.count_groups(), groups + 2);
  EXPECT_EQ(store.change(2).previous, RowId{4});
  EXPECT_EQ(cell(rule, shop).row, RowId{5});
  EXPECT_EQ(server.matrix->org(OrgId{1}).count_entities(), 2U);
}

TEST_F(IntakeTest, RefusesAnUnknownRuleInARequestOfOneAsRecorded) {
  const auto result = server.submit({{"nothing", shop, State::pass, ""}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().error, unknown_rule_id());
}

TEST_F(IntakeTest, NamesEachUnknownRuleOnce) {
  const auto rule = server.make_rule("first");
  const auto result = server.submit({{rule, shop, State::pass, ""},
                                     {"no1", shop, State::pass, ""},
                                     {"no2", shop, State::pass, ""},
                                     {"no1", pay, State::pass, ""}});
  ASSERT_FALSE(result);
  const Error& error = result.error().error;
  EXPECT_EQ(error.code, Code::conflict);
  EXPECT_EQ(error.title, "Invalid rule_id");
  EXPECT_EQ(error.subject, "no1");
  EXPECT_EQ(error.detail, "rule not found: no1");
  EXPECT_EQ(error.pointer, "/data/attributes/results/1/rule_id");
  ASSERT_EQ(error.others.size(), 1U);
  EXPECT_EQ(error.others[0].subject, "no2");
  EXPECT_EQ(error.others[0].pointer, "/data/attributes/results/2/rule_id");
  EXPECT_EQ(store.count_changes(), 0U);
}

TEST_F(IntakeTest, RefusesABatchWhoseRuleWasDeletedWhileItWaited) {
  const auto rule = server.make_rule("first");
  const auto other = server.make_rule("other");
  store.hold();
  auto blocker = server.send({{other, pay, State::pass, ""}});
  store.wait_until_held();
  auto before = server.send({{rule, shop, State::pass, ""}});
  auto removal = server.send_removal(rule);
  auto after = server.send({{rule, shop, State::fail, ""}, {other, shop, State::fail, ""}});
  auto innocent = server.send({{other, shop, State::pass, ""}});
  store.release();
  EXPECT_TRUE(get(blocker));
  EXPECT_TRUE(get(before));
  EXPECT_TRUE(get(removal));
  const auto refused = get(after);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error.code, Code::conflict);
  EXPECT_EQ(refused.error().error.subject, rule);
  EXPECT_FALSE(refused.error().request);
  EXPECT_TRUE(get(innocent));
  EXPECT_EQ(server.outcomes().outcomes.size(), 2U);  // of `other`
}

TEST_F(IntakeTest, AnswersUnavailableAndGoesOn) {
  const auto rule = server.make_rule("first");
  store.hold();
  auto blocker = server.send({{rule, pay, State::pass, ""}});
  store.wait_until_held();
  auto first = server.send({{rule, shop, State::pass, ""}});
  auto second = server.send({{rule, "service:default/new", State::pass, ""}});
  store.fail_appends(Code::unavailable, 2);
  store.release();
  const auto failed = get(blocker);
  ASSERT_FALSE(failed);
  const auto failed_first = get(first);
  const auto failed_second = get(second);
  ASSERT_FALSE(failed_first);
  ASSERT_FALSE(failed_second);
  EXPECT_EQ(failed_first.error().error.code, Code::unavailable);
  EXPECT_LT(failed.error().request, failed_first.error().request);
  EXPECT_LT(failed_first.error().request, failed_second.error().request);
  EXPECT_EQ(server.outcomes().outcomes.size(), 0U);
  EXPECT_EQ(server.matrix->org(OrgId{1}).count_entities(), 0U);
  const auto good = server.submit({{rule, shop, State::pass, ""}});
  ASSERT_TRUE(good);
  EXPECT_GT(good->request.number, failed_second.error().request);
  EXPECT_EQ(server.outcomes().outcomes.size(), 1U);
  EXPECT_EQ(server.metrics.counter("scorekeeper_store_failures_total", "").value(), 2.0);
}

// Three requests of one group share new entities, and the store refuses what the first one says.
TEST_F(IntakeTest, MisplacesNothingAfterAGroupThatFailsOnData) {
  const std::string a = "service:default/a";
  const std::string b = "service:default/b";
  const std::string c = "service:default/c";
  const std::string d = "service:default/d";
  const auto rule = server.make_rule("first");
  store.fail_on_remarks("poison");
  store.hold();
  auto blocker = server.send({{rule, pay, State::pass, ""}});
  store.wait_until_held();
  const std::vector<TestResult> second{{rule, c, State::pass, ""}, {rule, d, State::pass, ""}};
  const std::vector<TestResult> third{{rule, b, State::fail, "third"}};
  std::vector<std::future<BatchResult>> group;
  group.push_back(server.send({{rule, a, State::pass, "poison"}, {rule, b, State::pass, ""}}));
  group.push_back(server.send(second));
  group.push_back(server.send(third));
  store.release();
  EXPECT_TRUE(get(blocker));
  for (auto& one : group) {
    const auto refused = get(one);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().error.code, Code::invalid);
    EXPECT_TRUE(refused.error().request);
  }
  EXPECT_EQ(store.count_changes(), 1U);
  EXPECT_EQ(server.matrix->org(OrgId{1}).count_entities(), 1U);
  EXPECT_TRUE(server.submit(second));
  EXPECT_TRUE(server.submit(third));
  for (int pass = 0; pass < 2; ++pass) {
    const auto page = server.outcomes();
    ASSERT_EQ(page.outcomes.size(), 4U);
    EXPECT_EQ(cell(rule, b).state, State::fail);
    EXPECT_EQ(cell(rule, d).state, State::pass);
    EXPECT_EQ(store.reference_of(OrgId{1}, store.change(3).entity), b);
    EXPECT_FALSE(server.matrix->org(OrgId{1}).find_entity(a));
    server.restart();
  }
}

TEST_F(IntakeTest, NeverGivesARequestNumberTwice) {
  const auto rule = server.make_rule("first");
  const auto first = server.submit({{rule, shop, State::pass, ""}});
  store.fail_appends(Code::unavailable, 1);
  const auto failed = server.submit({{rule, shop, State::fail, ""}});
  ASSERT_FALSE(failed);
  server.restart();
  const auto later = server.submit({{rule, shop, State::fail, ""}});
  EXPECT_LT(first->request.number, failed.error().request);
  EXPECT_LT(failed.error().request, later->request.number);
}

TEST_F(IntakeTest, KeepsTimeFromGoingBack) {
  const auto rule = server.make_rule("first");
  const auto first = server.submit({{rule, shop, State::pass, ""}});
  server.clock.advance(std::chrono::hours(-5));
  const auto second = server.submit({{rule, shop, State::fail, ""}});
  EXPECT_GT(second->request.accepted_at, first->request.accepted_at);
  server.restart();
  const auto third = server.submit({{rule, shop, State::pass, ""}});
  EXPECT_GT(third->request.accepted_at, second->request.accepted_at);
}

TEST_F(IntakeTest, KeepsOrgsApart) {
  const auto rule = server.make_rule("first", OrgId{1});
  const auto other = server.make_rule("first", OrgId{2});
  ASSERT_TRUE(server.submit({{rule, shop, State::pass, ""}}, OrgId{1}));
  EXPECT_FALSE(server.submit({{rule, shop, State::pass, ""}}, OrgId{2}));
  ASSERT_TRUE(server.submit({{other, shop, State::fail, ""}}, OrgId{2}));
  EXPECT_EQ(server.outcomes(OrgId{1}).outcomes.size(), 1U);
  EXPECT_EQ(server.outcomes(OrgId{2}).outcomes[0].cell.row, RowId{3});
  EXPECT_EQ(server.outcomes(OrgId{2}).outcomes[0].entity, EntityNumber{1});
}

TEST_F(IntakeTest, SavesLastReportsOnceAMinuteAndWhenItStops) {
  const auto rule = server.make_rule("first");
  const std::vector<TestResult> results{{rule, shop, State::pass, ""}};
  ASSERT_TRUE(server.submit(results));
  server.clock.advance(std::chrono::seconds(30));
  ASSERT_TRUE(server.submit(results));
  EXPECT_EQ(store.count_reported(), 0U);
  store.reports_fail = true;
  server.clock.advance(std::chrono::seconds(31));
  ASSERT_TRUE(server.submit(results));
  auto& failures = server.metrics.counter("scorekeeper_store_failures_total", "");
  wait_for([&] { return failures.value() > 0; });
  store.reports_fail = false;
  server.clock.advance(std::chrono::seconds(61));
  ASSERT_TRUE(server.submit(results));
  wait_for([&] { return store.count_reported() == 1; });
  server.clock.advance(std::chrono::seconds(5));
  ASSERT_TRUE(server.submit(results));
  const auto last = cell(rule, shop).last_reported;
  EXPECT_EQ(last, seconds_of(server.clock.now()));
  server.restart();
  EXPECT_EQ(cell(rule, shop).last_reported, last);
}

TEST_F(IntakeTest, ForgetsOldRequests) {
  const auto rule = server.make_rule("first");
  for (int i = 0; i < 1'200; ++i) ASSERT_TRUE(server.submit({{rule, shop, State::pass, ""}}));
  EXPECT_EQ(store.count_requests(), 1'200U);
  server.clock.advance(request_kept + std::chrono::hours(1));
  ASSERT_TRUE(server.submit({{rule, shop, State::fail, ""}}));
  EXPECT_EQ(store.count_requests(), 1'201U);  // the clock may have jumped
  server.restart();                           // and if it has, then what is in the log did, too
  wait_for([&] { return store.count_requests() == 1; });
}

TEST_F(IntakeTest, FinishesWhatIsQueuedWhenItStops) {
  const auto rule = server.make_rule("first");
  store.hold();
  std::vector<std::future<BatchResult>> futures;
  futures.push_back(server.send({{rule, shop, State::pass, ""}}));
  store.wait_until_held();
  for (int i = 0; i < 50; ++i) {
    futures.push_back(server.send({{rule, fmt::format("service:default/{}", i), State::pass, ""}}));
  }
  std::thread releaser([&] { store.release(); });
  server.stop();
  releaser.join();
  for (auto& future : futures) EXPECT_TRUE(get(future));
  EXPECT_EQ(store.count_changes(), 51U);
}

TEST_F(IntakeTest, RefusesWhatComesAfterItWasClosed) {
  const auto rule = server.make_rule("first");
  server.intake->close();
  const auto late = server.submit({{rule, shop, State::pass, ""}});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().error.code, Code::unavailable);
  EXPECT_EQ(store.count_changes(), 0U);
}

// A position of an org that was given out holds after a restart, whatever the log's last records
// are of.
TEST_F(IntakeTest, PositionsDoNotGoBackOverARestart) {
  const auto told = [&](OrgId org) { return server.matrix->org(org).position(); };
  const auto mine = server.make_rule("mine", OrgId{1});
  const auto other = server.make_rule("other", OrgId{2});
  ASSERT_TRUE(server.submit({{mine, shop, State::pass, ""}}, OrgId{1}));
  ASSERT_TRUE(server.submit({{other, shop, State::pass, ""}}, OrgId{2}));
  // Nothing changes, and the other org's log is another one.
  const auto same = server.submit({{mine, shop, State::pass, ""}}, OrgId{1});
  EXPECT_EQ(same->request.position, RowId{3});
  const auto restart = [&] {
    std::vector<RowId> before;
    for (std::uint32_t org = 1; org <= 3; ++org) before.push_back(told(OrgId{org}));
    server.restart();
    for (std::uint32_t org = 1; org <= 3; ++org) {
      EXPECT_GE(told(OrgId{org}), before[org - 1]) << org;
    }
  };
  restart();
  ASSERT_TRUE(server.submit({{mine, pay, State::pass, ""}}, OrgId{1}));
  ASSERT_TRUE(server.remove_rule(mine, OrgId{1}));
  restart();
  const auto next = server.make_rule("next", OrgId{1});
  ASSERT_TRUE(server.submit({{next, pay, State::pass, ""}}, OrgId{1}));
  ASSERT_TRUE(server.remove_entity(pay));
  restart();
}

// Every answered batch is visible to its submitter; nothing is lost between threads.
TEST(IntakeThreads, SubmitAndReadTogether) {
  SharedStore store;
  Server server(store, store);
  std::vector<std::string> rules;
  rules.reserve(4);
  for (int i = 0; i < 4; ++i) rules.push_back(server.make_rule(fmt::format("rule {}", i)));
  constexpr int batches = 60;
  std::atomic<int> wrong = 0;
  std::atomic<bool> stop = false;
  std::vector<std::thread> threads;
  threads.reserve(8);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int b = 0; b < batches; ++b) {
        std::vector<TestResult> results;
        results.reserve(20);
        for (int i = 0; i < 20; ++i) {
          results.push_back({rules[static_cast<std::size_t>(i % 4)],
                             fmt::format("service:default/{}-{}", t, (b * 7 + i) % 90),
                             b % 2 == 0 ? State::pass : State::fail, fmt::format("{}", b)});
        }
        const auto receipt = server.submit(results);
        const auto& matrix = server.matrix->org(OrgId{1});
        if (!receipt || matrix.position() < receipt->request.position) ++wrong;
        for (const TestResult& result : results) {
          const auto view = matrix.find_rule(result.rule_id);
          const auto found = matrix.find_cell(view->rule.number, matrix.find_entity(result.entity));
          if (!found || found->state != result.state) ++wrong;
        }
      }
    });
  }
  std::thread reader([&] {
    while (!stop) {
      OutcomeFilter filter;
      filter.state = State::pass;
      const auto page = server.matrix->org(OrgId{1}).list_outcomes(filter, {});
      for (const auto& outcome : page.outcomes) {
        if (outcome.cell.state != State::pass || outcome.entity_reference.empty()) ++wrong;
      }
    }
  });
  std::thread editor([&] {
    for (int i = 0; i < 40; ++i) {
      const auto id = server.make_rule(fmt::format("passing {}", i));
      if (!server.submit({{id, shop, State::pass, ""}})) ++wrong;
      if (!server.remove_rule(id)) ++wrong;
    }
  });
  for (std::thread& thread : threads) thread.join();
  editor.join();
  stop = true;
  reader.join();
  server.stop();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(store.broken(), "");
}

}  // namespace
}  // namespace scorekeeper::intake

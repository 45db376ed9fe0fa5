// A rule whose scope is expensive: whoever makes it, the committer evaluates it for few entities at
// a time, and meanwhile others are served. Counted in steps, on the committer's thread.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <latch>
#include <string>
#include <vector>

#include "intake/faulty_log_fixture.h"
#include "intake/intake_fixture.h"
#include "intake/shared_store_fixture.h"

namespace scorekeeper::intake {
namespace {

constexpr OrgId large{1};
constexpr OrgId other{2};
constexpr std::size_t entities = 600;
// Steps for 600 names of 900 bytes, and most of 20 terms; steps of a piece, which ends with the
// word that is begun.
constexpr std::uint64_t scope_steps_min = 600ULL * 15 * 900;
constexpr std::uint64_t turn_steps_max = 3 * scope_piece_steps;

std::string entity_of(std::size_t number) {
  return fmt::format("service:default/{:a<900}b{:03}", "", number);
}

RuleFields expensive_rule() {
  std::string scope = "name:(";
  for (int i = 0; i < 20; ++i) scope += fmt::format("{}*aab{:02}*", i > 0 ? " OR " : "", i);
  return {.name = "expensive",
          .scorecard_id = {},
          .scorecard_name = "Ops",
          .description = {},
          .owner = {},
          .scope_query = scope + ")",
          .enabled = true,
          .level = level_max};
}

std::vector<matrix::OutcomeView> outcomes_of(const matrix::OrgMatrix& matrix,
                                             const std::string& rule) {
  OutcomeFilter filter;
  filter.rule.id = rule;
  return matrix.list_outcomes(filter, {.offset = 0, .size = 10}).outcomes;
}

void fill(Server& server, const std::string& rule) {
  std::vector<TestResult> results;
  for (std::size_t i = 0; i < entities; ++i)
    results.push_back({rule, entity_of(i), State::pass, ""});
  ASSERT_TRUE(server.submit(results, large));
}

// Sends one batch after the other, from the committer's thread, and looks what its turns took.
class Stream {
 public:
  Stream(Server& server, OrgId org, std::string rule)
      : server_(server), org_(org), rule_(std::move(rule)) {}

  // Until `done` says so at an answer.
  void run(std::function<bool()> done) {
    done_ = std::move(done);
    steps_ = server_.matrix->org(large).scope_steps();
    send();
  }
  void wait() {
    ended_.wait();
    EXPECT_EQ(failed_, 0);
  }
  int answered() const { return answered_; }
  std::uint64_t longest() const { return longest_; }

 private:
  void send() {
    const auto submitted = server_.intake->submit(
        Server::of(org_),
        make_batch({{rule_, fmt::format("service:default/{}", answered_), State::pass, ""}}), {},
        [this](const BatchResult& result) {
          if (!result) ++failed_;
          const auto steps = server_.matrix->org(large).scope_steps();
          longest_ = std::max(longest_, steps - steps_);
          steps_ = steps;
          if (done_()) return ended_.count_down();
          ++answered_;
          send();
        });
    ASSERT_TRUE(submitted);
  }

  Server& server_;
  OrgId org_;
  std::string rule_;
  std::function<bool()> done_;
  std::uint64_t steps_ = 0;
  std::uint64_t longest_ = 0;
  int answered_ = 0;
  int failed_ = 0;
  std::latch ended_{1};
};

TEST(ScopesWait, OthersAreServedWhileAScopeIsAskedOfAllEntities) {
  SharedStore store;
  Server server(store, store);
  const auto rule = server.make_rule("rule", large);
  const auto others = server.make_rule("rule", other);
  fill(server, rule);
  Stream same_org(server, large, rule);
  Stream other_org(server, other, others);
  std::atomic<bool> made = false;
  int decided = 0;
  // The streams begin when the committer has the change.
  Change<ChangedRule> change{.decide = [&](const Decision& decision) {
    if (++decided == 1) {
      for (Stream* stream : {&same_org, &other_org}) stream->run([&] { return made.load(); });
    }
    return decide_create_rule(decision, expensive_rule(), {});
  }};
  std::promise<Result<ChangedRule>> promise;
  auto future = promise.get_future();
  ASSERT_TRUE(
      server.intake->change(Server::of(large), std::move(change), [&](Result<ChangedRule> changed) {
        made = true;
        promise.set_value(std::move(changed));
      }));
  const auto changed = get(future);
  ASSERT_TRUE(changed) << changed.error().detail;
  for (Stream* stream : {&same_org, &other_org}) {
    stream->wait();
    EXPECT_GE(stream->answered(), 5);
    EXPECT_LE(stream->longest(), turn_steps_max);
  }
  EXPECT_GE(decided, 5);
  EXPECT_GE(server.matrix->org(large).scope_steps(), scope_steps_min);
  // Entities that came meanwhile are in the scope if it means them.
  std::vector<TestResult> results;
  for (const std::size_t number : {7U, 100U, 599U}) {
    results.push_back({changed->rule.id, entity_of(number), State::pass, ""});
  }
  ASSERT_TRUE(server.submit(results, large));
  const auto outcomes = outcomes_of(server.matrix->org(large), changed->rule.id);
  ASSERT_EQ(outcomes.size(), 2U);
  EXPECT_EQ(outcomes[0].entity_reference, entity_of(7));
  EXPECT_EQ(outcomes[1].entity_reference, entity_of(100));
}

class Followed : public testing::Test {
 protected:
  Followed()
      : log(store.log()),
        first(store, store),
        rule(first.make_rule("rule", large)),
        others(first.make_rule("rule", other)) {
    fill(first, rule);
  }
  matrix::OrgMatrix& shown() { return second->matrix->org(large); }
  void start() { second = std::make_unique<Server>(log, store); }

  SharedStore store;
  FaultyLog log;
  Server first;
  std::string rule;
  std::string others;
  std::unique_ptr<Server> second;
};

TEST_F(Followed, OthersAreServedWhileAScopeOfAnotherServerIsAsked) {
  std::optional<Stream> stream;
  std::future<BatchResult> behind;
  std::atomic<bool> armed = false;
  RowId wanted;
  log.before_read = [&] {
    if (!armed.exchange(false)) return;
    stream->run([&] { return shown().position() >= wanted; });
  };
  start();
  stream.emplace(*second, other, others);
  const RowId before = shown().position();
  wanted = {before.number + 1};
  armed = true;
  ASSERT_TRUE(first.create_rule(expensive_rule(), large));
  std::promise<bool> told;
  auto is_told = told.get_future();
  second->intake->when_shown(large, wanted, nullptr, [&](bool is) {
    EXPECT_EQ(shown().count_rules(), 2U);
    told.set_value(is);
  });
  stream->wait();
  EXPECT_TRUE(get(is_told));
  EXPECT_GE(stream->answered(), 5);
  EXPECT_LE(stream->longest(), turn_steps_max);
  EXPECT_GE(shown().scope_steps(), scope_steps_min);
  second.reset();  // before what it calls
}

// In one group with others: they are answered first, and it is not refused.
TEST_F(Followed, ABatchWaitsForTheScopeThatItsAppendMeets) {
  store.interval = std::chrono::hours(1);
  start();
  ASSERT_TRUE(second->submit({{others, "service:default/a", State::pass, ""}}, other));
  const auto created = first.create_rule(expensive_rule(), large);
  ASSERT_TRUE(created);
  std::latch queued{1};
  std::vector<OrgId> answered;
  std::latch all{3};
  const auto send = [&](OrgId org, const std::string& id, const std::string& entity, bool waits) {
    ASSERT_TRUE(second->intake->submit(Server::of(org), make_batch({{id, entity, State::fail, ""}}),
                                       {}, [&, org, waits](const BatchResult& result) {
                                         if (waits) queued.wait();
                                         EXPECT_TRUE(result);
                                         answered.push_back(org);
                                         all.count_down();
                                       }));
  };
  send(other, others, "service:default/a", true);
  send(large, created->rule.id, entity_of(7), false);
  send(other, others, "service:default/b", false);
  queued.count_down();
  all.wait();
  EXPECT_EQ(answered, std::vector({other, other, large}));
  EXPECT_GE(shown().scope_steps(), scope_steps_min);
  EXPECT_EQ(outcomes_of(shown(), created->rule.id).size(), 1U);
}

}  // namespace
}  // namespace scorekeeper::intake

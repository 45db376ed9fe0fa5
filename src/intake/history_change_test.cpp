// The store's history becomes another one between two steps of a commit: a standby was promoted, or
// a backup restored.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "intake/committer.h"
#include "intake/faulty_log_fixture.h"
#include "intake/intake_fixture.h"
#include "intake/shared_store_fixture.h"

namespace scorekeeper::intake {
namespace {

constexpr OrgId org{1};

Receipt submit_until_taken(Server& server, const std::vector<TestResult>& results) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  for (;;) {
    auto taken = server.submit(results);
    if (taken) return *std::move(taken);
    if (std::chrono::steady_clock::now() > deadline) {
      ADD_FAILURE() << taken.error().error.detail;
      return {};
    }
  }
}

// They may be others' in the new one.
TEST(HistoryChanges, RequestNumbersOfTheOldOneAreRefused) {
  SharedStore store;
  FaultyLog log(store.log());
  log.interval = std::chrono::seconds(-1);  // the heads are looked at before each append
  std::shared_ptr<const SharedStore::Contents> old;
  std::atomic<bool> changes = false;
  log.after_reserve = [&] {
    if (changes.exchange(false)) store.restore(*old);
  };
  Server server(log, store);
  const std::string rule = server.make_rule("rule");
  old = store.save();
  server.make_rule("lost");
  changes = true;
  const std::vector<TestResult> results{{rule, "service:default/a", State::pass, ""}};
  const auto refused = server.submit(results);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error.code, Code::unavailable);
  EXPECT_FALSE(changes);
  EXPECT_EQ(store.count_requests(), 0U);
  EXPECT_EQ(store.count_changes(), 0U);
  const Receipt taken = submit_until_taken(server, results);
  EXPECT_GT(taken.request.number.number, RequestNumbers::step);  // of a range of its own
  EXPECT_EQ(taken.request.total_changed, 1U);
  EXPECT_EQ(store.broken(), "");
}

// A tail that was too long for an append is one of the history that it was read of.
TEST(HistoryChanges, ALongTailOfTheOldOneIsForgotten) {
  SharedStore store;
  FaultyLog log(store.log());
  std::shared_ptr<const SharedStore::Contents> old;
  std::atomic<bool> grows = false;
  std::atomic<bool> changes = false;
  log.before_append = [&] {
    if (grows) store.pad(org, {store.head(org).last.number + 10});
    if (changes.exchange(false)) store.restore(*old);
  };
  std::atomic<Server*> shown = nullptr;
  std::atomic<int> wrong = 0;
  const auto on_folding = [&](bool folds) {
    if (folds || shown == nullptr) return;
    const RowId position = shown.load()->matrix->org(org).position();
    wrong += position > store.head(org).last ? 1 : 0;
  };
  Server server(log, store, Limits{}, {.tail_positions_max = 3, .on_folding = on_folding});
  const std::string rule = server.make_rule("rule");
  old = store.save();
  server.make_rule("lost");
  shown = &server;
  const std::vector<TestResult> results{{rule, "service:default/a", State::pass, ""}};
  grows = true;
  const auto refused = server.submit(results);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error.code, Code::unavailable);
  grows = false;
  changes = true;
  EXPECT_FALSE(server.submit(results));
  EXPECT_FALSE(changes);
  EXPECT_EQ(submit_until_taken(server, results).request.total_changed, 1U);
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(server.matrix->org(org).position(), store.head(org).last);
  EXPECT_EQ(store.broken(), "");
  server.stop();
}

}  // namespace
}  // namespace scorekeeper::intake

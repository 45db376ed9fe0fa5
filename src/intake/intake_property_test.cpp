// After any sequence of batches, changes of rules, deletions and restarts the matrix equals a plain
// model, a fold of the ledger, and a recount in SQL through the view `outcome`.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <tuple>

#include "domain/rule.h"
#include "intake/fake_store.h"
#include "intake/intake_fixture.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/store.h"
#include "store/sqlite/test_directory.h"

namespace scorekeeper::intake {
namespace {

// What is known of an outcome from the outside.
struct Known {
  State state = State::pass;
  std::string remarks;
  std::uint32_t first_reported = 0;
  std::uint32_t last_reported = 0;

  bool operator==(const Known&) const = default;
};
using Key = std::pair<std::string, std::string>;  // rule id, canonical reference
using Outcomes = std::map<Key, Known>;

struct Recounted {
  std::string rule;
  std::string entity;
  std::string state;
  std::string remarks;

  auto operator<=>(const Recounted&) const = default;
};

// A store that can be closed and opened, and asked in SQL where it is a database.
class AnyStore {
 public:
  virtual ~AnyStore() = default;
  virtual store::Ledger& ledger() = 0;
  virtual store::Catalog& catalog() = 0;
  virtual void reopen() = 0;
  virtual std::optional<std::set<Recounted>> recount() = 0;
  virtual std::string broken() = 0;
};

// Remarks that every store of this test refuses, with all of their group.
const std::string poison = "poison";

class MemoryStore final : public AnyStore {
 public:
  MemoryStore() { store_.fail_on_remarks(poison); }
  store::Ledger& ledger() override { return store_; }
  store::Catalog& catalog() override { return store_; }
  void reopen() override {}
  std::optional<std::set<Recounted>> recount() override { return std::nullopt; }
  std::string broken() override { return store_.broken(); }

 private:
  FakeStore store_;
};

class SqliteStore final : public AnyStore {
 public:
  SqliteStore() {
    reopen();
    auto connection = connect();
    EXPECT_TRUE(connection.execute(
        ("CREATE TRIGGER refuse BEFORE INSERT ON outcome_change WHEN new.remarks = '" + poison +
         "' BEGIN SELECT raise(ABORT, 'refused'); END")
            .c_str()));
  }
  store::Ledger& ledger() override { return *store_; }
  store::Catalog& catalog() override { return *store_; }
  void reopen() override {
    store_.reset();
    auto opened =
        store::sqlite::Store::open({.directory = directory_.store(), .readers = 1}, metrics_);
    if (!opened) {
      ADD_FAILURE() << opened.error().detail;
      std::abort();
    }
    store_ = *std::move(opened);
  }
  std::optional<std::set<Recounted>> recount() override {
    auto connection = connect();
    auto query = connection.prepare("SELECT rule_id, entity, state, remarks FROM outcome");
    EXPECT_TRUE(query) << query.error().detail;
    std::set<Recounted> found;
    for (auto row = query->step(); row && *row; row = query->step()) {
      found.insert({std::string(query->text(0)), std::string(query->text(1)),
                    std::string(query->text(2)), std::string(query->text(3))});
    }
    return found;
  }
  std::string broken() override { return ""; }

 private:
  store::sqlite::Connection connect() {
    auto connection = store::sqlite::Connection::open(
        {.path = directory_.store() + "/" + store::sqlite::file_name, .vfs = {}});
    if (!connection) throw std::runtime_error(connection.error().detail);
    return *std::move(connection);
  }

  store::sqlite::TestDirectory directory_;
  Metrics metrics_;
  std::unique_ptr<store::sqlite::Store> store_;
};

RuleFields fields(std::string name) {
  return {.name = std::move(name),
          .scorecard_id = {},
          .scorecard_name = "Ops",
          .description = {},
          .owner = {},
          .scope_query = {},
          .enabled = true,
          .level = level_max};
}

// One history: a server, the model of what it must know, and the random steps.
class History {
 public:
  History(AnyStore& store, unsigned seed)
      : store_(store),
        random_(seed),
        server_(std::make_unique<Server>(store.ledger(), store.catalog())) {}

  void step() {
    server_->clock.advance(std::chrono::milliseconds(number(3'000)));
    const auto what = number(100);
    if (what < 10 || rules_.empty()) {
      rules_.push_back(server_->make_rule(fmt::format("rule {}", number(5))));
    } else if (what < 15) {
      remove_rule();
    } else if (what < 20) {
      EXPECT_TRUE(server_->update_rule(any_rule(), fields(fmt::format("new {}", number(9)))));
    } else if (what < 25) {
      restart();
    } else if (what < 30) {
      submit_unknown();
    } else {
      submit();
    }
  }
  void check() {
    ASSERT_EQ(known(), expected_);
    const auto recounted = store_.recount();
    if (recounted) {
      std::set<Recounted> wanted;
      for (const auto& [key, outcome] : expected_) {
        wanted.insert(
            {key.first, key.second, std::string(name_of(outcome.state)), outcome.remarks});
      }
      ASSERT_EQ(*recounted, wanted);
    }
    ASSERT_EQ(store_.broken(), "");
  }
  void restart() {
    const auto before = known();
    const Time now = server_->clock.now();
    server_.reset();
    store_.reopen();
    server_ = std::make_unique<Server>(store_.ledger(), store_.catalog());
    server_->clock.advance(now - server_->clock.now());
    ASSERT_EQ(known(), before);
  }

 private:
  std::uint32_t number(std::uint32_t below) {
    return std::uniform_int_distribution<std::uint32_t>(0, below - 1)(random_);
  }
  std::string any_rule() { return rules_[number(static_cast<std::uint32_t>(rules_.size()))]; }
  TestResult any_result() {
    static const std::string remarks[] = {"", "fine", "see https://wiki", "ünïcode \n \"x\""};
    return {any_rule(), fmt::format("service:default/{}", number(number(10) == 0 ? 5'000 : 30)),
            static_cast<State>(1 + number(3)), remarks[number(4)]};
  }
  void remove_rule() {
    const auto removed = any_rule();
    EXPECT_TRUE(server_->remove_rule(removed));
    std::erase(rules_, removed);
    std::erase_if(expected_, [&](const auto& one) { return one.first.first == removed; });
  }
  void submit_unknown() {
    auto results = std::vector{any_result(), any_result()};
    results[1].rule_id = "unknown";
    EXPECT_FALSE(server_->submit(results));
  }
  // Several batches at once, so that groups form; now and then one with what the store refuses,
  // which refuses others of its group too. Then one of them again, which must change nothing.
  void submit() {
    std::vector<std::vector<TestResult>> batches(1 + number(4));
    std::vector<std::future<BatchResult>> futures;
    std::size_t refusals = 0;
    for (auto& batch : batches) {
      for (auto left = 1 + number(60); left > 0; --left) batch.push_back(any_result());
      const bool poisoned = number(12) == 0;
      if (poisoned) batch[number(static_cast<std::uint32_t>(batch.size()))].remarks = poison;
      refusals += poisoned ? 1U : 0U;
      futures.push_back(server_->send(batch));
    }
    bool accepted = false;
    for (std::size_t b = 0; b < batches.size(); ++b) {
      const auto receipt = get(futures[b]);
      accepted = receipt.has_value();
      if (accepted) {
        expect(batches[b], *receipt);
      } else {
        ASSERT_GT(refusals, 0U) << receipt.error().error.detail;
      }
    }
    if (!accepted) return;
    const auto again = server_->submit(batches.back());
    ASSERT_TRUE(again);
    EXPECT_EQ(again->request.total_changed, 0U);
    expect(batches.back(), *again);
  }
  void expect(const std::vector<TestResult>& batch, const Receipt& receipt) {
    std::map<Key, const TestResult*> last;
    for (const TestResult& result : batch) last[{result.rule_id, result.entity}] = &result;
    const auto seconds = seconds_of(receipt.request.accepted_at);
    std::uint32_t changed = 0;
    for (const auto& [key, result] : last) {
      const auto [place, added] =
          expected_.try_emplace(key, Known{result->state, result->remarks, seconds, seconds});
      Known& known = place->second;
      const bool other = known.state != result->state || known.remarks != result->remarks;
      changed += added || other ? 1U : 0U;
      known.state = result->state;
      known.remarks = result->remarks;
      known.last_reported = seconds;
    }
    EXPECT_EQ(receipt.total_updated, last.size());
    EXPECT_EQ(receipt.request.total_received, batch.size());
    EXPECT_EQ(receipt.request.total_changed, changed);
  }
  // What a reader gets: cells from the matrix, remarks from the ledger.
  Outcomes known() {
    const auto page = server_->outcomes();
    std::map<RuleNumber, std::string> ids;
    for (const auto& view : page.rules) ids[view.rule.number] = view.rule.id;
    std::vector<RowId> rows;
    for (const auto& outcome : page.outcomes) rows.push_back(outcome.cell.row);
    const auto found = store_.ledger().rows(OrgId{1}, rows);
    EXPECT_TRUE(found);
    Outcomes outcomes;
    for (std::size_t i = 0; i < page.outcomes.size(); ++i) {
      const auto& outcome = page.outcomes[i];
      outcomes[{ids.at(outcome.rule), outcome.entity_reference}] = {
          outcome.cell.state, (*found)[i].remarks, outcome.cell.first_reported,
          outcome.cell.last_reported};
    }
    EXPECT_EQ(outcomes.size(), page.outcomes.size());
    return outcomes;
  }

  AnyStore& store_;
  std::mt19937 random_;
  std::unique_ptr<Server> server_;
  std::vector<std::string> rules_;
  Outcomes expected_;
};

struct StoreKind {
  const char* name;
  std::unique_ptr<AnyStore> (*make)();
  unsigned histories;
};

class AnyHistory : public testing::TestWithParam<StoreKind> {};

TEST_P(AnyHistory, LeavesTheMatrixThatItsLedgerFoldsTo) {
  for (unsigned seed = 1; seed <= GetParam().histories; ++seed) {
    SCOPED_TRACE(seed);
    const auto store = GetParam().make();
    History history(*store, seed);
    for (int i = 0; i < 60; ++i) {
      ASSERT_NO_FATAL_FAILURE(history.step());
      if (i % 10 == 9) {
        ASSERT_NO_FATAL_FAILURE(history.check());
      }
    }
    ASSERT_NO_FATAL_FAILURE(history.restart());
    ASSERT_NO_FATAL_FAILURE(history.check());
  }
}

INSTANTIATE_TEST_SUITE_P(Stores, AnyHistory,
                         testing::Values(StoreKind{"memory",
                                                   +[]() -> std::unique_ptr<AnyStore> {
                                                     return std::make_unique<MemoryStore>();
                                                   },
                                                   20},
                                         StoreKind{"sqlite",
                                                   +[]() -> std::unique_ptr<AnyStore> {
                                                     return std::make_unique<SqliteStore>();
                                                   },
                                                   6}),
                         [](const auto& kind) { return std::string(kind.param.name); });

}  // namespace
}  // namespace scorekeeper::intake

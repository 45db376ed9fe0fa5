#include "base/test_directory.h"
#include "store/contract/audit_contract.h"
#include "store/contract/catalog_contract.h"
#include "store/contract/entity_contract.h"
#include "store/contract/log_contract.h"
#include "store/contract/prune_contract.h"
#include "store/contract/store_model.h"
#include "store/sqlite/fault_vfs.h"
#include "store/sqlite/query_rows.h"
#include "store/sqlite/store.h"
#include "store/sqlite/tools/verify.h"

namespace scorekeeper::store {
namespace {

class SqliteUnderTest final : public StoreUnderTest {
 public:
  explicit SqliteUnderTest(std::int64_t placed_at_once) : placed_at_once_(placed_at_once) {
    open();
  }

  Log& log() override { return *store_; }
  Catalog& catalog() override { return *store_; }
  KeyStore& keys() override { return *keys_; }
  void reopen() override {
    keys_.reset();
    store_.reset();
    open();
  }
  std::vector<std::string> query(const std::string& sql) override {
    return sqlite::query_rows(directory_.store() + "/" + sqlite::file_name, sql);
  }
  std::string faults() override {
    const auto verification = sqlite::verify(directory_.store() + "/" + sqlite::file_name);
    if (!verification) return verification.error().detail;
    std::string text;
    for (const std::string& fault : verification->faults) text += fault + "\n";
    return text;
  }

 private:
  void open() {
    auto store = sqlite::Store::open(
        {.directory = directory_.store(), .records_placed_at_once = placed_at_once_}, metrics_);
    ASSERT(store);
    store_ = *std::move(store);
    auto keys = sqlite::open_keys(directory_.store());
    ASSERT(keys);
    keys_ = *std::move(keys);
  }

  std::int64_t placed_at_once_;
  TestDirectory directory_;
  Metrics metrics_;
  std::unique_ptr<sqlite::Store> store_;
  std::unique_ptr<KeyStore> keys_;
};

// All of the records of these short logs are in the tail; and most of them are not.
const MakeStore make_sqlite = [] {
  return std::make_unique<SqliteUnderTest>(sqlite::StoreOptions().records_placed_at_once);
};
const MakeStore make_placed = [] { return std::make_unique<SqliteUnderTest>(5); };

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreContract, testing::Values(make_sqlite, make_placed));
INSTANTIATE_TEST_SUITE_P(Sqlite, AuditContract, testing::Values(make_sqlite, make_placed));
INSTANTIATE_TEST_SUITE_P(Sqlite, EntityContract, testing::Values(make_sqlite, make_placed));
INSTANTIATE_TEST_SUITE_P(Sqlite, PruneContract, testing::Values(make_sqlite, make_placed));
INSTANTIATE_TEST_SUITE_P(Sqlite, StoreAgainstModel, testing::Values(make_sqlite, make_placed));

// A disk that is full for a while: what was done stays done, what was not is done again.
TEST(SqlitePrune, IsDoneOnceHoweverOftenItIsInterrupted) {
  sqlite::FaultVfs vfs("fault_prune");
  const TestDirectory directory;
  Metrics metrics;
  auto opened = sqlite::Store::open(
      {.directory = directory.store(), .records_placed_at_once = 7, .vfs = vfs.name()}, metrics);
  ASSERT_TRUE(opened) << opened.error().detail;
  sqlite::Store& store = **opened;
  PruneHistory history([&]() -> Log& { return store; });
  history.begin();
  for (int n = 0; n < 60; ++n) history.act();
  const PruneWork work = history.work(history.seconds() - 3, history.seconds() - 9, 60);
  int failures = 0;
  std::int64_t writes = 1;
  for (bool more = true; more; writes += 3) {
    vfs.fail_writes(writes, SQLITE_FULL);
    Result<Pruned> pruned = store.prune(work);
    while (pruned && pruned->next) pruned = store.prune(*pruned->next);
    vfs.repair();
    if (!pruned) {
      ++failures;
      EXPECT_EQ(pruned.error().code, Code::unavailable);
    }
    more = !pruned;
    const auto verification =
        sqlite::verify(directory.store() + "/" + std::string(sqlite::file_name));
    ASSERT_TRUE(verification);
    ASSERT_EQ(verification->faults, std::vector<std::string>());
  }
  EXPECT_GT(failures, 4);
  history.check(work);
}

// The command line's, beside the server, which appends between its pieces.
TEST(SqlitePrune, WorksBesideAServer) {
  const TestDirectory directory;
  EXPECT_FALSE(sqlite::open_pruner(directory.store()));  // there is no store
  Metrics metrics;
  auto opened =
      sqlite::Store::open({.directory = directory.store(), .records_placed_at_once = 7}, metrics);
  ASSERT_TRUE(opened) << opened.error().detail;
  PruneHistory history([&]() -> Log& { return **opened; });
  history.begin();
  for (int n = 0; n < 40; ++n) history.act();
  const auto pruner = sqlite::open_pruner(directory.store());
  ASSERT_TRUE(pruner) << pruner.error().detail;
  const PruneWork work = history.work(history.seconds() - 3, 10, 60);
  Result<Pruned> pruned = (*pruner)->prune(work);
  for (int pieces = 0; pruned && pruned->next; ++pieces) {
    if (pieces < 10) history.report(20);
    pruned = (*pruner)->prune(*pruned->next);
  }
  ASSERT_TRUE(pruned) << pruned.error().detail;
  history.check(work);
}

}  // namespace
}  // namespace scorekeeper::store

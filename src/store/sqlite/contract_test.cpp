#include "store/sqlite/store.h"
#include "store/sqlite/test_directory.h"
#include "store/store_model.h"

namespace scorekeeper::store {
namespace {

class SqliteUnderTest final : public StoreUnderTest {
 public:
  SqliteUnderTest() { open(); }

  Ledger& ledger() override { return *store_; }
  Catalog& catalog() override { return *store_; }
  KeyStore& keys() override { return *keys_; }
  void reopen() override {
    keys_.reset();
    store_.reset();
    open();
  }

 private:
  void open() {
    auto store = sqlite::Store::open({.directory = directory_.store()}, metrics_);
    ASSERT(store);
    store_ = *std::move(store);
    auto keys = sqlite::open_keys(directory_.store());
    ASSERT(keys);
    keys_ = *std::move(keys);
  }

  sqlite::TestDirectory directory_;
  Metrics metrics_;
  std::unique_ptr<sqlite::Store> store_;
  std::unique_ptr<KeyStore> keys_;
};

const MakeStore make_sqlite = [] { return std::make_unique<SqliteUnderTest>(); };

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreContract, testing::Values(make_sqlite));
INSTANTIATE_TEST_SUITE_P(Sqlite, AuditContract, testing::Values(make_sqlite));
INSTANTIATE_TEST_SUITE_P(Sqlite, EntityContract, testing::Values(make_sqlite));
INSTANTIATE_TEST_SUITE_P(Sqlite, StoreAgainstModel, testing::Values(make_sqlite));

}  // namespace
}  // namespace scorekeeper::store

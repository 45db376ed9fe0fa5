#include "base/assert.h"
#include "store/audit_contract.h"
#include "store/catalog_contract.h"
#include "store/entity_contract.h"
#include "store/postgres/postgres_fixture.h"
#include "store/postgres/store.h"
#include "store/store_model.h"

namespace scorekeeper::store {
namespace {

class PostgresUnderTest final : public StoreUnderTest {
 public:
  PostgresUnderTest() { open(); }

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
    auto store = postgres::Store::open({.address = database_.address()});
    ASSERT(store);
    store_ = *std::move(store);
    auto keys = postgres::open_keys(database_.address());
    ASSERT(keys);
    keys_ = *std::move(keys);
  }

  postgres::TestDatabase database_;
  std::unique_ptr<postgres::Store> store_;
  std::unique_ptr<KeyStore> keys_;
};

const MakeStore make_postgres = [] { return std::make_unique<PostgresUnderTest>(); };

INSTANTIATE_TEST_SUITE_P(Postgres, StoreContract, testing::Values(make_postgres));
INSTANTIATE_TEST_SUITE_P(Postgres, AuditContract, testing::Values(make_postgres));
INSTANTIATE_TEST_SUITE_P(Postgres, EntityContract, testing::Values(make_postgres));
INSTANTIATE_TEST_SUITE_P(Postgres, StoreAgainstModel, testing::Values(make_postgres));

}  // namespace
}  // namespace scorekeeper::store

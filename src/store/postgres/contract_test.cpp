#include <string>
#include <vector>

#include "base/assert.h"
#include "store/contract/audit_contract.h"
#include "store/contract/catalog_contract.h"
#include "store/contract/entity_contract.h"
#include "store/contract/log_contract.h"
#include "store/contract/prune_contract.h"
#include "store/contract/store_model.h"
#include "store/postgres/append_turns.h"
#include "store/postgres/postgres_fixture.h"
#include "store/postgres/proxy_fixture.h"
#include "store/postgres/store.h"

namespace scorekeeper::store {
namespace {

class PostgresUnderTest final : public StoreUnderTest {
 public:
  PostgresUnderTest() { open(); }

  Log& log() override { return *store_; }
  Catalog& catalog() override { return *store_; }
  KeyStore& keys() override { return *keys_; }
  void reopen() override {
    keys_.reset();
    store_.reset();
    open();
  }
  std::vector<std::string> query(const std::string& sql) override {
    auto connection = database_.connect();
    const auto rows = connection.query(sql.c_str());
    EXPECT_TRUE(rows) << sql << ": " << rows.error().detail;
    std::vector<std::string> lines;
    for (int row = 0; rows && row < rows->size(); ++row) {
      std::string line;
      for (int column = 0; column < rows->columns(); ++column) {
        line += (column == 0 ? "" : "|") + std::string(rows->text(row, column));
      }
      lines.push_back(std::move(line));
    }
    return lines;
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
INSTANTIATE_TEST_SUITE_P(Postgres, PruneContract, testing::Values(make_postgres));
INSTANTIATE_TEST_SUITE_P(Postgres, StoreAgainstModel, testing::Values(make_postgres));

// The answer to a COMMIT is lost, or the COMMIT itself: the next piece goes on from what is stored.
TEST(PostgresPrune, IsDoneOnceHoweverOftenTheConnectionIsCut) {
  postgres::TestDatabase database;
  auto store = postgres::Store::open({.address = database.address()});
  ASSERT_TRUE(store) << store.error().detail;
  postgres::CuttingProxy proxy(postgres::postgres_server().folder());
  postgres::AppendTurns turns({.address = database.address_through(proxy.folder())});
  PruneHistory history([&]() -> Log& { return **store; });
  history.begin();
  for (int n = 0; n < 60; ++n) history.act();
  const PruneWork work = history.work(history.seconds() - 3, history.seconds() - 9, 60);
  int cuts = 0;
  for (bool more = true; more;) {
    if (cuts < 8)
      proxy.cut(cuts % 2 == 0 ? postgres::Cut::before_it_arrives
                              : postgres::Cut::before_the_answer);
    const auto pruned = turns.prune(work);
    if (pruned) {
      more = pruned->next.has_value();
      continue;
    }
    ++cuts;
    EXPECT_EQ(pruned.error().code, Code::unavailable) << pruned.error().detail;
  }
  EXPECT_EQ(cuts, 8);
  history.check(work);
}

}  // namespace
}  // namespace scorekeeper::store

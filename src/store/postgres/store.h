// The store that several servers share: a PostgreSQL database (docs/decisions/0006). Owns
// its connections: the committer's and a small pool of readers'. A connection that breaks is opened
// again; until then calls are `unavailable`.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "store/catalog.h"
#include "store/log.h"

namespace scorekeeper::store::postgres {

struct StoreOptions {
  std::string address;  // postgres://… or postgresql://…, as libpq reads it; may name several hosts
  unsigned readers = 3;  // connections for readers
  std::chrono::milliseconds statement_timeout{10'000};
  // Called by the thread that appends, each time that the answer to a COMMIT was lost: it is looked
  // for then, before the append returns. May be empty.
  std::function<void()> commit_in_doubt{};
};

class Store : public Log, public Catalog {
 public:
  // Connects and migrates. Errors: the address, the network, a schema that is too old or too new.
  static Result<std::unique_ptr<Store>> open(const StoreOptions& options);
  ~Store() override = default;

  // From then on nothing waits for the database any more. Any thread.
  virtual void give_up_after(std::chrono::seconds time) = 0;
};

// Whether the value of --store names such a store: postgres://… or postgresql://…, or libpq's
// keywords, the first of which is host, dbname or service.
bool is_address(const std::string& store);
// Error invalid: libpq cannot read it. Nothing of it is repeated, since it may hold a password.
Result<void> check_address(const std::string& address);
// The command line's key tables, of a store that exists.
Result<std::unique_ptr<KeyStore>> open_keys(const std::string& address);
// In the same way, for `scorekeeper prune`.
Result<std::unique_ptr<Pruner>> open_pruner(const std::string& address);

// Versions of the schema.
struct UpgradeReport {
  std::int64_t before = 0;  // 0: there was no store
  std::int64_t now = 0;
  std::int64_t known = 0;  // to this release
};
// The commands `migrate status` and `migrate up`.
Result<UpgradeReport> status(const std::string& address);
Result<UpgradeReport> upgrade(const std::string& address);

}  // namespace scorekeeper::store::postgres

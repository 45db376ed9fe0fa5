#include "store/postgres/store.h"

#include <atomic>
#include <utility>

#include "store/postgres/append_turns.h"
#include "store/postgres/audit.h"
#include "store/postgres/entity_reader.h"
#include "store/postgres/keys.h"
#include "store/postgres/log_reader.h"
#include "store/postgres/readers.h"
#include "store/postgres/schema.h"

namespace scorekeeper::store::postgres {
namespace {

// The heads are looked at 20 times a second.
constexpr std::chrono::milliseconds interval{50};
constexpr std::chrono::milliseconds age_max = std::chrono::seconds(5) + 2 * interval;

class PostgresStore final : public Store {
 public:
  explicit PostgresStore(const StoreOptions& options)
      : connect_(connect_options(options)),
        readers_(connect_, options.readers),
        turns_(connect_, options.commit_in_doubt) {}
  void give_up_after(std::chrono::seconds time) override {
    give_up_at_ = std::chrono::steady_clock::now() + time;
  }

  Result<void> start() {
    PgConnection connection = TRY(PgConnection::open(connect_));
    return migrate(connection, Migrate::upgrade);
  }

  Result<LogPage> read(OrgId org, RowId after, std::size_t records_max) override {
    return readers_.read(
        [&](PgConnection& connection) { return read_log(connection, org, after, records_max); });
  }
  Result<std::vector<OutcomeRow>> rows(OrgId org, std::span<const RowId> positions) override {
    return readers_.read(
        [&](PgConnection& connection) { return read_rows(connection, org, positions); });
  }
  Result<std::optional<AcceptedRequest>> find_request(OrgId org, RequestNumber number) override {
    return readers_.read(
        [&](PgConnection& connection) { return postgres::find_request(connection, org, number); });
  }
  Result<void> ping() override {
    return readers_.read([](PgConnection& connection) { return connection.execute("SELECT 1"); });
  }

  Result<Heads> heads() override { return turns_.heads(); }
  Result<Append> append(std::span<const OrgId> orgs, const PrepareAppend& prepare) override {
    return turns_.append(orgs, prepare);
  }
  std::size_t orgs_in_append_max() const override { return 1; }
  std::chrono::milliseconds follow_interval() const override { return interval; }
  std::chrono::milliseconds heads_age_max() const override { return age_max; }
  Result<RequestNumber> reserve_requests(std::uint64_t count) override {
    return turns_.reserve_requests(count);
  }
  Result<std::uint64_t> forget_requests(Time before, std::uint64_t limit) override {
    return turns_.forget_requests(before, limit);
  }
  Result<Pruned> prune(const PruneWork& work) override { return turns_.prune(work); }
  Result<void> save_reported(std::span<const ReportedBlock> blocks) override {
    return turns_.save_reported(blocks);
  }
  Result<bool> load_new_reports(const std::function<void(const ReportedBlock&)>& block) override {
    return turns_.load_new_reports(block);
  }
  void forget_reports_seen() override { turns_.forget_reports_seen(); }

  Result<Secrets> secrets() override { return readers_.read(read_secrets); }
  Result<std::vector<EntityNumber>> find_entities(OrgId org,
                                                  const EntityListFilter& filter) override {
    return readers_.read(
        [&](PgConnection& connection) { return postgres::find_entities(connection, org, filter); });
  }
  Result<std::vector<ListedEntity>> read_entities(OrgId org,
                                                  const EntitySelection& selection) override {
    return readers_.read([&](PgConnection& connection) {
      return postgres::read_entities(connection, org, selection);
    });
  }
  Result<RelationPage> list_relations(OrgId org, const RelationListFilter& filter) override {
    return readers_.read([&](PgConnection& connection) {
      return postgres::list_relations(connection, org, filter);
    });
  }
  using Catalog::list_audit;
  Result<std::vector<AuditEvent>> list_audit(OrgId org, const AuditFilter& filter,
                                             WorkBudget& budget) override {
    return readers_.read([&](PgConnection& connection) {
      return postgres::list_audit(connection, org, filter, budget);
    });
  }
  Result<Keys> load_keys() override {
    return readers_.read([](PgConnection& connection) { return postgres::load_keys(connection); });
  }
  Result<std::uint64_t> keys_version() override {
    return readers_.read(
        [](PgConnection& connection) { return postgres::keys_version(connection); });
  }

 private:
  ConnectOptions connect_options(const StoreOptions& options) const {
    return {.address = options.address,
            .statement_timeout = options.statement_timeout,
            .give_up_at = &give_up_at_};
  }

  std::atomic<std::chrono::steady_clock::time_point> give_up_at_ =
      std::chrono::steady_clock::time_point::max();
  ConnectOptions connect_;
  Readers readers_;
  AppendTurns turns_;
};

Result<UpgradeReport> report(const std::string& address, bool upgrades) {
  PgConnection connection = TRY(PgConnection::open({.address = address}));
  UpgradeReport report{.before = TRY(version_of(connection)), .now = 0, .known = known_version()};
  if (upgrades) TRY(migrate(connection, Migrate::upgrade));
  report.now = TRY(version_of(connection));
  return report;
}

}  // namespace

Result<std::unique_ptr<Store>> Store::open(const StoreOptions& options) {
  auto store = std::make_unique<PostgresStore>(options);
  TRY(store->start());
  return std::unique_ptr<Store>(std::move(store));
}

bool is_address(const std::string& store) {
  for (const char* const begin : {"postgres://", "postgresql://", "host=", "dbname=", "service="}) {
    if (store.starts_with(begin)) return true;
  }
  return false;
}

Result<UpgradeReport> status(const std::string& address) { return report(address, false); }
Result<UpgradeReport> upgrade(const std::string& address) { return report(address, true); }

}  // namespace scorekeeper::store::postgres

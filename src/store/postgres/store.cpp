#include "store/postgres/store.h"

#include <atomic>
#include <utility>

#include "store/postgres/audit.h"
#include "store/postgres/catalog.h"
#include "store/postgres/entity_reader.h"
#include "store/postgres/keys.h"
#include "store/postgres/last_reports.h"
#include "store/postgres/ledger_reader.h"
#include "store/postgres/readers.h"
#include "store/postgres/schema.h"
#include "store/postgres/turns.h"

namespace scorekeeper::store::postgres {
namespace {

class PostgresStore final : public Store {
 public:
  explicit PostgresStore(const StoreOptions& options)
      : connect_(connect_options(options)), readers_(connect_, options.readers), turns_(connect_) {}
  void give_up_after(std::chrono::seconds time) override {
    give_up_at_ = std::chrono::steady_clock::now() + time;
  }

  Result<void> start() {
    Connection connection = TRY(Connection::open(connect_));
    return migrate(connection, Migrate::upgrade);
  }

  Result<LedgerHead> head() override { return readers_.read(read_ledger_head); }
  Result<void> fold(const FoldRow& row) override {
    return readers_.stream([&](Connection& connection) { return fold_ledger(connection, row); });
  }
  Result<void> load_reported(const std::function<void(const ReportedBlock&)>& block) override {
    return readers_.stream(
        [&](Connection& connection) { return postgres::load_reported(connection, block); });
  }
  Result<void> append(const Group& group) override { return turns_.append(group); }
  Result<void> save_reported(std::span<const ReportedBlock> blocks) override {
    return turns_.save_reported(blocks);
  }
  Result<std::uint64_t> forget_requests(Time before, std::uint64_t limit) override {
    return turns_.forget_requests(before, limit);
  }
  Result<std::vector<OutcomeRow>> rows(OrgId org, std::span<const RowId> ids) override {
    return readers_.read([&](Connection& connection) { return read_rows(connection, org, ids); });
  }
  Result<std::optional<AcceptedRequest>> find_request(OrgId org, RequestNumber number) override {
    return readers_.read(
        [&](Connection& connection) { return postgres::find_request(connection, org, number); });
  }
  Result<void> ping() override {
    return readers_.read([](Connection& connection) { return connection.execute("SELECT 1"); });
  }

  Result<Secrets> secrets() override { return readers_.read(read_secrets); }
  Result<std::vector<OrgCatalog>> load_catalog() override {
    return readers_.read([](Connection& connection) { return postgres::load_catalog(connection); });
  }
  Result<void> load_entities(const FoldEntity& entity) override {
    return readers_.stream(
        [&](Connection& connection) { return postgres::load_entities(connection, entity); });
  }
  Result<void> load_definitions(const FoldDefinition& definition) override {
    return readers_.stream(
        [&](Connection& connection) { return postgres::load_definitions(connection, definition); });
  }
  Result<void> write(const CatalogRows& change) override { return turns_.write(change); }
  Result<std::vector<EntityNumber>> find_entities(OrgId org,
                                                  const EntityListFilter& filter) override {
    return readers_.read(
        [&](Connection& connection) { return postgres::find_entities(connection, org, filter); });
  }
  Result<std::vector<ListedEntity>> read_entities(OrgId org,
                                                  const EntitySelection& selection) override {
    return readers_.read([&](Connection& connection) {
      return postgres::read_entities(connection, org, selection);
    });
  }
  Result<RelationPage> list_relations(OrgId org, const RelationListFilter& filter) override {
    return readers_.read(
        [&](Connection& connection) { return postgres::list_relations(connection, org, filter); });
  }
  Result<std::vector<AuditEvent>> list_audit(OrgId org, const AuditFilter& filter) override {
    return readers_.read(
        [&](Connection& connection) { return postgres::list_audit(connection, org, filter); });
  }
  Result<Keys> load_keys() override {
    return readers_.read([](Connection& connection) { return postgres::load_keys(connection); });
  }
  Result<std::uint64_t> keys_version() override {
    return readers_.read([](Connection& connection) { return postgres::keys_version(connection); });
  }

  void forget_reports_seen() override { turns_.forget_reports_seen(); }
  std::uint64_t generation() const override { return turns_.generation(); }
  Result<std::vector<Head>> heads() override { return turns_.heads(); }
  Result<Head> read_tail(OrgId org, std::optional<RowId> since, const TailReader& reader) override {
    return turns_.read_tail(org, since, reader);
  }
  Result<Head> begin_turn(OrgId org) override { return turns_.begin(org); }
  void end_turn() override { turns_.end(); }
  bool in_doubt() const override { return turns_.in_doubt(); }
  Result<bool> find_out() override { return turns_.find_out(); }
  Result<bool> load_new_reports(const std::function<void(const ReportedBlock&)>& block) override {
    return turns_.load_new_reports(block);
  }
  Result<RequestNumber> reserve_requests(std::uint64_t count) override {
    return turns_.reserve_requests(count);
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
  Turns turns_;
};

Result<UpgradeReport> report(const std::string& address, bool upgrades) {
  Connection connection = TRY(Connection::open({.address = address}));
  UpgradeReport report{.before = TRY(version_of(connection)),
                       .now = 0,
                       .known = static_cast<std::int64_t>(migrations().size())};
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

// An SQLite store in memory that any number of servers of one process may share, and the acts of
// others on it: appends and prunes of another process, backups and their restore. Included by test
// files only.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/metrics.h"
#include "base/mutex.h"
#include "base/test_directory.h"
#include "intake/committer_check_fixture.h"
#include "intake/faulty_log_fixture.h"
#include "store/contract/log_maker.h"
#include "store/sqlite/query_rows.h"
#include "store/sqlite/store.h"

namespace scorekeeper::intake {

// One writer at a time, whichever server calls. Any thread.
class SharedLog final : public store::Log {
 public:
  SharedLog() : place_(next_place()), store_(open(place_)) {}

  std::shared_ptr<store::sqlite::Store> store() const {
    Lock lock(mutex_);
    return store_;
  }
  std::string directory() const {
    Lock lock(mutex_);
    return place_;
  }
  std::string broken() const {
    Lock lock(mutex_);
    return check_.broken();
  }
  // Appends that wrote something, and those that changed the catalog.
  std::size_t count_groups() const {
    Lock lock(mutex_);
    return groups_;
  }
  std::size_t count_catalog_writes() const {
    Lock lock(mutex_);
    return catalog_writes_;
  }

  struct Contents {
    std::string place;
    CommitterCheck check;
  };
  std::shared_ptr<const Contents> save() {
    Lock turn(turn_);
    Lock lock(mutex_);
    Contents contents{.place = next_place(), .check = check_};
    copy(place_, contents.place);
    return std::make_shared<const Contents>(std::move(contents));
  }
  // As a failover to a standby that has not got all, or a restore beside the servers.
  void restore(const Contents& contents) {
    Lock turn(turn_);
    const std::string place = next_place();
    copy(contents.place, place);
    std::shared_ptr<store::sqlite::Store> restored = open(place);
    Lock lock(mutex_);
    const std::uint64_t reserved = check_.reserved();
    ASSERT(restored->reserve_requests(reserved).has_value());  // numbers are not given out again
    place_ = place;
    std::swap(store_, restored);
    check_ = contents.check;
    check_.reserve(reserved);
    ++generation_;
  }

  Result<store::LogPage> read(OrgId org, RowId after, std::size_t records_max) override {
    return store()->read(org, after, records_max);
  }
  Result<std::vector<store::OutcomeRow>> rows(OrgId org,
                                              std::span<const RowId> positions) override {
    return store()->rows(org, positions);
  }
  Result<std::optional<store::AcceptedRequest>> find_request(OrgId org,
                                                             RequestNumber number) override {
    return store()->find_request(org, number);
  }
  Result<void> ping() override { return store()->ping(); }
  Result<store::Heads> heads() override {
    std::shared_ptr<store::sqlite::Store> store;
    std::uint64_t generation = 0;
    {
      Lock lock(mutex_);
      store = store_;
      generation = generation_;
    }
    return store::Heads{.generation = generation, .heads = TRY(store->heads()).heads};
  }
  Result<store::Append> append(std::span<const OrgId> orgs,
                               const store::PrepareAppend& prepare) override {
    Lock turn(turn_);
    std::vector<store::Head> heads;
    auto appended = store()->append(orgs, [&](store::AppendView& view) {
      heads.assign(view.heads().begin(), view.heads().end());
      return prepare(view);
    });
    if (!appended || appended->empty()) return appended;
    Lock lock(mutex_);
    ++groups_;
    if (appended->change != nullptr) ++catalog_writes_;
    check_.take(*appended, heads);
    return appended;
  }
  std::size_t orgs_in_append_max() const override { return store()->orgs_in_append_max(); }
  std::chrono::milliseconds follow_interval() const override {
    return std::chrono::milliseconds(20);
  }
  std::chrono::milliseconds heads_age_max() const override { return store()->heads_age_max(); }
  Result<RequestNumber> reserve_requests(std::uint64_t count) override {
    Lock turn(turn_);
    const RequestNumber first = TRY(store()->reserve_requests(count));
    Lock lock(mutex_);
    check_.reserve(first.number + count);
    return first;
  }
  Result<std::uint64_t> forget_requests(Time before, std::uint64_t limit) override {
    Lock turn(turn_);
    return store()->forget_requests(before, limit);
  }
  Result<store::Pruned> prune(const store::PruneWork& work) override {
    Lock turn(turn_);
    return store()->prune(work);
  }
  Result<void> save_reported(std::span<const ReportedBlock> blocks) override {
    Lock turn(turn_);
    return store()->save_reported(blocks);
  }
  // All of them each time: the store's rounds are those of one server.
  Result<bool> load_new_reports(const std::function<void(const ReportedBlock&)>& block) override {
    Lock turn(turn_);
    store()->forget_reports_seen();
    while (TRY(store()->load_new_reports(block))) {
    }
    return false;
  }
  void forget_reports_seen() override {}

 private:
  std::string next_place() { return directory_.path(std::to_string(++places_)); }
  std::unique_ptr<store::sqlite::Store> open(const std::string& place) {
    auto opened = store::sqlite::Store::open({.directory = place}, metrics_);
    ASSERT(opened.has_value());
    return *std::move(opened);
  }
  // The files of a store that nobody writes to. Its write-ahead log is restarted by the first write
  // after a checkpoint only, so that all that a checkpoint writes meanwhile is in the copied log.
  static void copy(const std::string& from, const std::string& to) {
    std::filesystem::create_directory(to);
    for (const char* const suffix : {"", "-wal"}) {
      const std::string name = std::string("/") + store::sqlite::file_name + suffix;
      if (std::filesystem::exists(from + name)) std::filesystem::copy_file(from + name, to + name);
    }
  }

  TestDirectory directory_{memory_directory_path()};
  std::atomic<int> places_ = 0;
  Metrics metrics_;
  Mutex turn_;  // the writer's; before the other
  mutable Mutex mutex_;
  std::string place_ GUARDED_BY(mutex_);
  std::shared_ptr<store::sqlite::Store> store_ GUARDED_BY(mutex_);
  std::uint64_t generation_ GUARDED_BY(mutex_) = 1;
  std::size_t groups_ GUARDED_BY(mutex_) = 0;
  std::size_t catalog_writes_ GUARDED_BY(mutex_) = 0;
  CommitterCheck check_ GUARDED_BY(mutex_);
};

struct SharedLogOwner {
  SharedLog shared;
};

// Such a store with its faults.
class SharedStore : private SharedLogOwner, public FaultyLog, public store::Catalog {
 public:
  using Contents = SharedLog::Contents;

  SharedStore() : FaultyLog(shared) {}

  store::Log& log() { return *this; }  // that each server may have faults of its own for
  std::string directory() const { return shared.directory(); }
  std::shared_ptr<const Contents> save() { return shared.save(); }
  void restore(const Contents& contents) { shared.restore(contents); }

  // --- what is in it
  // The mistakes of the committer; empty = none.
  std::string broken() const { return shared.broken(); }
  std::size_t count_groups() const { return shared.count_groups(); }
  std::size_t count_catalog_writes() const { return shared.count_catalog_writes(); }
  std::size_t count_requests() const { return count("request"); }
  std::size_t count_reported() const { return count("last_reported"); }
  store::Head head(OrgId org) {
    store::Head nothing;
    nothing.org = org;
    const auto heads = shared.heads().value();
    for (const store::Head& head : heads.heads) {
      if (head.org == org) return head;
    }
    return nothing;
  }
  std::vector<store::LogRecord> records(OrgId org) { return store::read_all(shared, org).value(); }
  // Outcomes that were put.
  std::vector<KeptChange> changes() {
    std::vector<KeptChange> all;
    const auto heads = shared.heads().value();
    for (const store::Head& head : heads.heads) {
      for (const store::LogRecord& record : records(head.org)) {
        for (KeptChange& change : changes_of(record)) {
          if (change.state) all.push_back(std::move(change));
        }
      }
    }
    return all;
  }
  std::size_t count_changes() { return changes().size(); }
  KeptChange change(std::size_t index) { return changes().at(index); }
  std::string reference_of(OrgId org, EntityNumber number) {
    const auto read = read_entities(org, {.numbers = std::span(&number, 1)}).value();
    return read.at(0).entity.definition.reference;
  }

  // --- as another process
  // The records get positions, chains and times.
  void append_records(const std::vector<store::LogRecord>& records) {
    for (const store::LogRecord& given : records) {
      const OrgId org = given.org;
      const auto prepare = [&](store::AppendView& view) -> Result<store::Append> {
        const store::Head& head = view.heads().front();
        store::Append append;
        append.records = {given};
        store::LogRecord& record = append.records.front();
        record.position = {head.last.number + 1};
        record.at = std::max(record.at, head.last_at + std::chrono::microseconds(1));
        record.group_end = true;
        return append;
      };
      ASSERT(shared.append(std::span(&org, 1), prepare).has_value());
    }
  }
  // The next change of the org gets that position: what was before it is gone.
  void pad(OrgId org, RowId next) {
    store::LogRecord record;
    record.org = org;
    record.count = static_cast<std::uint32_t>(next.number - head(org).last.number - 1);
    record.kind = store::RecordKind::catalog;
    record.body = "[null";
    for (std::uint32_t n = 1; n < record.count; ++n) record.body += ",null";
    record.body += ']';
    append_records({record});
  }
  Result<store::Pruned> prune_beside(const store::PruneWork& work) { return shared.prune(work); }
  // Takes away the outcomes that were superseded up to the record at that position.
  void prune_up_to(OrgId org, RowId position) {
    store::PruneWork work{.org = org};
    for (const store::LogRecord& record : records(org)) {
      if (record.position <= position) work.history_before = record.at;
    }
    for (std::optional<store::PruneWork> next = work; next;) {
      next = prune_beside(*next).value().next;
    }
  }

  // --- Catalog
  Result<store::Secrets> secrets() override { return shared.store()->secrets(); }
  Result<std::vector<EntityNumber>> find_entities(OrgId org,
                                                  const EntityListFilter& filter) override {
    return shared.store()->find_entities(org, filter);
  }
  Result<std::vector<store::ListedEntity>> read_entities(
      OrgId org, const store::EntitySelection& selection) override {
    return shared.store()->read_entities(org, selection);
  }
  Result<store::RelationPage> list_relations(OrgId org, const RelationListFilter& filter) override {
    return shared.store()->list_relations(org, filter);
  }
  using Catalog::list_audit;
  Result<std::vector<AuditEvent>> list_audit(OrgId org, const AuditFilter& filter,
                                             WorkBudget& budget) override {
    return shared.store()->list_audit(org, filter, budget);
  }
  Result<store::Keys> load_keys() override { return shared.store()->load_keys(); }
  Result<std::uint64_t> keys_version() override { return shared.store()->keys_version(); }

 private:
  std::size_t count(const std::string& table) const {
    const auto counted = store::sqlite::query_rows(directory() + "/" + store::sqlite::file_name,
                                                   "SELECT count(*) FROM " + table);
    return std::stoull(counted.front());
  }
};

}  // namespace scorekeeper::intake

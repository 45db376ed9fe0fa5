// A store in memory for tests, which any number of servers may share: keeps what it is given,
// checks what the log's contract asks of the committer, fails when told, and can be held so that
// work piles up in the queue. Any thread.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "domain/entity.h"
#include "intake/fake_catalog.h"
#include "intake/fake_prune.h"
#include "intake/kept_changes.h"
#include "store/catalog.h"
#include "store/log.h"

namespace scorekeeper::intake {

// The point at which an append fails.
enum class Fault {
  before_prepare,
  at_commit,     // nothing is stored
  after_commit,  // all is stored, but the answer is lost
};

class FakeStore : public store::Log, public store::Catalog {
 public:
  // --- for tests
  // The next `count` appends that carry requests fail with that code.
  void fail_appends(Code code, int count, Fault fault = Fault::at_commit) {
    Lock lock(mutex_);
    fail_code_ = code;
    fail_count_ = count;
    fault_ = fault;
  }
  // Appends with that remark in a change fail with code invalid.
  void fail_on_remarks(std::string remarks) {
    Lock lock(mutex_);
    bad_remarks_ = std::move(remarks);
  }
  void fail_catalog(bool fails, Fault fault = Fault::at_commit) {
    Lock lock(mutex_);
    catalog_fails_ = fails;
    fault_ = fault;
  }
  void fail_reports(bool fails) {
    Lock lock(mutex_);
    reports_fail_ = fails;
  }
  void fail_reserving(bool fails) {
    Lock lock(mutex_);
    reserving_fails_ = fails;
  }
  // Appends that write something wait until release().
  void hold() {
    Lock lock(mutex_);
    held_ = true;
  }
  void release() {
    Lock lock(mutex_);
    held_ = false;
    changed_.notify_all();
  }
  // Waits until an append is held back.
  void wait_until_held() {
    Lock lock(mutex_);
    while (waiting_ == 0) changed_.wait(mutex_);
  }
  // The mistakes of the committer; empty = none.
  std::string broken() const {
    Lock lock(mutex_);
    return broken_;
  }
  // Outcomes that were put.
  std::size_t count_changes() const { return changes().size(); }
  KeptChange change(std::size_t index) const { return changes().at(index); }
  std::size_t count_groups() const {
    Lock lock(mutex_);
    return groups_;
  }
  // Changes of the catalog that were written.
  std::size_t count_catalog_writes() const {
    Lock lock(mutex_);
    return catalog_writes_;
  }
  std::size_t count_requests() const {
    Lock lock(mutex_);
    return data_.requests.size();
  }
  std::size_t count_reported() const {
    Lock lock(mutex_);
    return data_.reported.size();
  }
  std::string reference_of(OrgId org, EntityNumber number) const {
    Lock lock(mutex_);
    return data_.catalogs.at(org).entities.at(number).reference;
  }
  std::vector<store::LogRecord> records(OrgId org) const {
    Lock lock(mutex_);
    const auto log = data_.logs.find(org);
    return log == data_.logs.end() ? std::vector<store::LogRecord>() : log->second.records;
  }
  FakeCatalog catalog(OrgId org) const {
    Lock lock(mutex_);
    const auto catalog = data_.catalogs.find(org);
    return catalog == data_.catalogs.end() ? FakeCatalog() : catalog->second;
  }
  store::Head head(OrgId org) const {
    Lock lock(mutex_);
    return head_of(org);
  }
  // As a backup does, and a restore of it, or of a standby that has not got all.
  struct Contents;
  std::shared_ptr<const Contents> save() const {
    Lock lock(mutex_);
    return std::make_shared<const Contents>(data_);
  }
  void restore(const Contents& data) {
    Lock lock(mutex_);
    const auto reserved = data_.reserved;
    data_ = data;
    data_.reserved = reserved;
    ++generation_;
  }
  // The latest change of each outcome that is there, by rule and entity; those of deleted rules
  // too.
  std::map<std::pair<RuleNumber, EntityNumber>, KeptChange> cells(OrgId org) const {
    std::map<std::pair<RuleNumber, EntityNumber>, KeptChange> cells;
    Lock lock(mutex_);
    for (const auto& [place, change] : data_.cells) {
      const auto& [of, rule, entity] = place;
      if (of == org) cells.emplace(std::pair(rule, entity), change);
    }
    return cells;
  }
  // Appends as another process: the records get positions, chains and times.
  void append_records(std::vector<store::LogRecord> records) {
    Lock lock(mutex_);
    for (store::LogRecord& record : records) {
      Log& log = data_.logs[record.org];
      const store::Head head = head_of(record.org);
      record.position = {head.last.number + 1};
      record.at = std::max(record.at, head.last_at + std::chrono::microseconds(1));
      record.group_end = true;
      record.chain = store::chain_after(head.chain, record);
      log.head = {record.org, record.last(), record.at, record.chain, head.floor};
      log.records.push_back(std::move(record));
    }
  }

  // As a prune of another process: the record is gone, and the floor is behind it.
  void prune_record(OrgId org, RowId position) {
    Lock lock(mutex_);
    Log& log = data_.logs[org];
    log.head.floor = std::max(log.head.floor, position);
    std::erase_if(log.records, [&](const auto& one) { return one.position == position; });
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

  // --- Log
  Result<store::LogPage> read(OrgId org, RowId after, std::size_t records_max) override {
    Lock lock(mutex_);
    const auto log = data_.logs.find(org);
    if (log == data_.logs.end()) return store::LogPage();
    return FakePruneTables(log->second).read(org, after, records_max);
  }
  Result<store::Heads> heads() override {
    Lock lock(mutex_);
    store::Heads heads{.generation = generation_, .heads = {}};
    for (const auto& [org, log] : data_.logs) heads.heads.push_back(log.head);
    return heads;
  }
  Result<store::Append> append(std::span<const OrgId> orgs,
                               const store::PrepareAppend& prepare) override {
    Lock turn(append_mutex_);
    if (fails(Fault::before_prepare, true, false)) return no();
    View view(*this, orgs);
    store::Append append = TRY(prepare(view));
    if (append.empty()) return append;
    wait_while_held();
    const bool requests = !append.requests.empty();
    const bool change = append.change != nullptr;
    if (fails(Fault::at_commit, requests, change)) return no();
    if (says_bad_remarks(append)) return make_error(Code::invalid, "bad remarks");
    const bool lost = fails(Fault::after_commit, requests, change);
    keep(append, orgs);
    if (lost) return no();
    return append;
  }
  std::size_t orgs_in_append_max() const override { return orgs_max; }
  std::chrono::milliseconds follow_interval() const override { return interval; }
  std::chrono::milliseconds heads_age_max() const override { return age_max; }
  Result<RequestNumber> reserve_requests(std::uint64_t count) override {
    Lock lock(mutex_);
    if (reserving_fails_) return make_error(Code::unavailable, "the test says no");
    const RequestNumber first{data_.reserved};
    data_.reserved += count;
    return first;
  }
  Result<void> save_reported(std::span<const ReportedBlock> blocks) override {
    Lock lock(mutex_);
    if (reports_fail_) return make_error(Code::unavailable, "the test says no");
    for (const auto& block : blocks) {
      expect(block.last_reported.size() == reported_block_size, "a block of another size");
      data_.reported[{block.org, block.rule, block.block}] = block;
    }
    return {};
  }
  Result<bool> load_new_reports(const std::function<void(const ReportedBlock&)>& block) override {
    Lock lock(mutex_);
    for (const auto& [key, one] : data_.reported) block(one);
    return false;
  }
  void forget_reports_seen() override {}
  Result<store::Pruned> prune(const store::PruneWork& work) override {
    Lock turn(append_mutex_);
    Lock lock(mutex_);
    const auto log = data_.logs.find(work.org);
    if (log == data_.logs.end()) return store::Pruned();
    FakePruneTables tables(log->second);
    return store::prune_piece(tables, work);
  }
  Result<std::uint64_t> forget_requests(Time before, std::uint64_t limit) override {
    Lock lock(mutex_);
    std::uint64_t forgotten = 0;
    auto& requests = data_.requests;
    for (auto it = requests.begin(); it != requests.end() && forgotten < limit;) {
      const bool old = it->second.accepted_at < before;
      it = old ? requests.erase(it) : std::next(it);
      forgotten += old ? 1U : 0U;
    }
    return forgotten;
  }
  Result<std::vector<store::OutcomeRow>> rows(OrgId org,
                                              std::span<const RowId> positions) override {
    std::map<RowId, KeptChange> known;
    for (const store::LogRecord& record : records(org)) {
      for (const KeptChange& change : changes_of(record)) known.emplace(change.position, change);
    }
    std::vector<store::OutcomeRow> found;
    for (const RowId position : positions) {
      const auto change = known.find(position);
      if (change == known.end()) return make_error(Code::internal, "no such change");
      const KeptChange& kept = change->second;
      found.push_back({position, kept.rule, kept.entity, kept.at,
                       kept.previous ? time_of_seconds(kept.first_reported) : kept.at,
                       kept.remarks});
    }
    return found;
  }
  Result<std::optional<store::AcceptedRequest>> find_request(OrgId org,
                                                             RequestNumber number) override {
    Lock lock(mutex_);
    const auto found = data_.requests.find(number);
    if (found == data_.requests.end() || found->second.org != org) return std::nullopt;
    return found->second;
  }
  Result<void> ping() override { return {}; }

  // --- Catalog
  Result<store::Secrets> secrets() override { return store::Secrets{{1, 2}, {3, 4}}; }
  Result<std::vector<EntityNumber>> find_entities(OrgId org,
                                                  const EntityListFilter& filter) override {
    Lock lock(mutex_);
    return data_.catalogs[org].find_entities(filter);
  }
  Result<store::RelationPage> list_relations(OrgId, const RelationListFilter&) override {
    return store::RelationPage();
  }
  Result<std::vector<store::ListedEntity>> read_entities(
      OrgId org, const store::EntitySelection& selection) override {
    Lock lock(mutex_);
    return data_.catalogs[org].read_entities(selection);
  }
  using Catalog::list_audit;
  Result<std::vector<AuditEvent>> list_audit(OrgId org, const AuditFilter& filter,
                                             WorkBudget&) override {
    std::vector<AuditEvent> events;
    for (const store::LogRecord& record : records(org)) {
      for (AuditEvent& event : events_of(record)) {
        if (!filter.resource || event.resource == *filter.resource) events.push_back(event);
      }
    }
    std::ranges::reverse(events);
    if (events.size() > filter.page.size) events.resize(filter.page.size);
    return events;
  }
  Result<store::Keys> load_keys() override { return store::Keys{}; }
  Result<std::uint64_t> keys_version() override { return 0U; }

  std::atomic<std::size_t> orgs_max = 1'000;  // in an append
  std::atomic<std::chrono::milliseconds> interval = std::chrono::milliseconds(20);
  std::atomic<std::chrono::milliseconds> age_max = std::chrono::milliseconds::max();

 private:
  using Log = FakeLog;
  using CellOf = std::tuple<OrgId, RuleNumber, EntityNumber>;

 public:
  struct Contents {
    std::map<OrgId, Log> logs;
    std::map<RequestNumber, store::AcceptedRequest> requests;
    std::map<std::tuple<OrgId, RuleNumber, std::uint32_t>, ReportedBlock> reported;
    std::map<OrgId, FakeCatalog> catalogs;
    std::set<std::pair<OrgId, std::string>> names;
    std::map<CellOf, KeptChange> cells;  // the latest change of each outcome that is there
    std::uint64_t reserved = 1;
  };

 private:
  class View final : public store::AppendView {
   public:
    View(FakeStore& store, std::span<const OrgId> orgs) : store_(store) {
      Lock lock(store_.mutex_);
      for (const OrgId org : orgs) heads_.push_back(store_.head_of(org));
    }
    std::span<const store::Head> heads() const override { return heads_; }
    Result<store::LogPage> read(OrgId org, RowId after, std::size_t records_max) override {
      return store_.read(org, after, records_max);
    }

   private:
    FakeStore& store_;
    std::vector<store::Head> heads_;
  };

  store::Head head_of(OrgId org) const REQUIRES(mutex_) {
    const auto log = data_.logs.find(org);
    if (log != data_.logs.end()) return log->second.head;
    store::Head nothing;
    nothing.org = org;
    return nothing;
  }
  Error no() const {
    Lock lock(mutex_);
    return make_error(fail_code_, "the test says no");
  }
  bool fails(Fault fault, bool requests, bool change) {
    Lock lock(mutex_);
    if (fault != fault_) return false;
    if (change && catalog_fails_) return true;
    if (!requests || fail_count_ == 0) return false;
    --fail_count_;
    return true;
  }
  void wait_while_held() {
    Lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    while (held_) changed_.wait(mutex_);
    --waiting_;
  }
  bool says_bad_remarks(const store::Append& append) const {
    Lock lock(mutex_);
    if (bad_remarks_.empty()) return false;
    return std::ranges::any_of(append.records, [bad = bad_remarks_](const auto& record) {
      const auto changes = changes_of(record);
      return std::ranges::find(changes, bad, &KeptChange::remarks) != changes.end();
    });
  }
  std::vector<KeptChange> changes() const {
    std::vector<KeptChange> all;
    Lock lock(mutex_);
    for (const auto& [org, log] : data_.logs) {
      for (const store::LogRecord& record : log.records) {
        for (KeptChange& change : changes_of(record)) {
          if (change.state) all.push_back(std::move(change));
        }
      }
    }
    return all;
  }

  void expect(bool holds, const char* what) REQUIRES(mutex_) {
    if (!holds && broken_.empty()) broken_ = what;
  }
  void keep(store::Append& append, std::span<const OrgId> orgs) {
    Lock lock(mutex_);
    ++groups_;
    keep_records(append, orgs);
    for (const auto& request : append.requests) {
      expect(!data_.requests.contains(request.number), "a request number twice");
      expect(request.number.number < data_.reserved, "a request number that was not reserved");
      expect(request.position == head_of(request.org).last, "a request's position is not the end");
      data_.requests[request.number] = request;
    }
    for (const auto& entity : append.entities) {
      keep_entity(entity.org, entity.number, entity.reference, entity.discovered_at);
    }
    if (append.change == nullptr) return;
    ++catalog_writes_;
    for (const ResourceChange& change : append.change->changes) {
      const auto* entity = std::get_if<Changed<CatalogEntity>>(&change);
      if (entity != nullptr && entity->after && !entity->before) {
        keep_entity(append.change->org, entity->after->number, entity->after->reference,
                    *entity->after->discovered_at);
      }
      data_.catalogs[append.change->org].apply(change);
    }
  }
  void keep_records(store::Append& append, std::span<const OrgId> orgs) REQUIRES(mutex_) {
    for (std::size_t i = 0; i < append.records.size(); ++i) {
      store::LogRecord& record = append.records[i];
      Log& log = data_.logs[record.org];
      const store::Head before = head_of(record.org);
      const bool first = i == 0 || append.records[i - 1].org != record.org;
      const bool last = i + 1 == append.records.size() || append.records[i + 1].org != record.org;
      expect(std::ranges::find(orgs, record.org) != orgs.end(), "an org that was not locked");
      expect(record.position.number == before.last.number + 1, "positions are not continuous");
      record.chain = store::chain_after(before.chain, record);
      expect(first ? record.at > before.last_at : record.at == before.last_at,
             "the time of a group does not grow, or is not one");
      expect(record.group_end == last, "the end of a group is not its last record");
      expect(first || log.records.back().kind != store::RecordKind::outcomes ||
                 record.kind != store::RecordKind::catalog,
             "a record of the catalog behind outcomes");
      log.head = {record.org, record.last(), record.at, record.chain, before.floor};
      log.records.push_back(record);
      keep_changes(record);
    }
  }
  void keep_changes(const store::LogRecord& record) REQUIRES(mutex_) {
    if (record.kind != store::RecordKind::outcomes) return;
    const auto changes = changes_of(record);
    expect(changes.size() == record.count, "a count that is not that of the changes");
    expect(record.count <= store::record_changes_max, "a record that is too long");
    for (const KeptChange& change : changes) {
      const CellOf cell{change.org, change.rule, change.entity};
      const auto known = data_.cells.find(cell);
      const bool there = known != data_.cells.end();
      const KeptChange before = there ? known->second : KeptChange();
      expect(change.previous == before.position, "another change is before");
      expect(change.before == before.state, "another state is before");
      expect(change.first_reported == (there ? before.first_reported : seconds_of(change.at)),
             "another first report");
      expect(change.state || there, "an outcome that is not there is deleted");
      if (change.state) {
        data_.cells[cell] = change;
      } else {
        data_.cells.erase(cell);
      }
    }
  }
  // A new number and name, or those of a removed entity.
  void keep_entity(OrgId org, EntityNumber number, std::string_view reference, Time at)
      REQUIRES(mutex_) {
    FakeCatalog& catalog = data_.catalogs[org];
    const auto found = catalog.entities.find(number);
    if (found != catalog.entities.end()) {
      expect(!found->second.live, "an entity number twice");
      expect(is_same_entity(found->second.reference, reference), "a number of another entity");
    } else {
      expect(data_.names.insert({org, fold_reference(reference)}).second, "an entity twice");
    }
    catalog.put(number, reference, at);
  }

  Mutex append_mutex_;  // the lock of the heads; before the other
  mutable Mutex mutex_;
  CondVar changed_;
  bool held_ GUARDED_BY(mutex_) = false;
  int waiting_ GUARDED_BY(mutex_) = 0;
  Code fail_code_ GUARDED_BY(mutex_) = Code::unavailable;
  int fail_count_ GUARDED_BY(mutex_) = 0;
  Fault fault_ GUARDED_BY(mutex_) = Fault::at_commit;
  std::string bad_remarks_ GUARDED_BY(mutex_);
  bool catalog_fails_ GUARDED_BY(mutex_) = false;
  bool reports_fail_ GUARDED_BY(mutex_) = false;
  bool reserving_fails_ GUARDED_BY(mutex_) = false;
  std::string broken_ GUARDED_BY(mutex_);
  std::size_t groups_ GUARDED_BY(mutex_) = 0;
  std::size_t catalog_writes_ GUARDED_BY(mutex_) = 0;
  std::uint64_t generation_ GUARDED_BY(mutex_) = 1;
  Contents data_ GUARDED_BY(mutex_);
};

}  // namespace scorekeeper::intake

// A store in memory for tests: keeps what it is given, checks what the ledger's contract asks of
// the committer, fails when told, and can be held so that work piles up in the queue. Any thread.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "domain/entity.h"
#include "store/catalog.h"
#include "store/catalog_model.h"
#include "store/ledger.h"

namespace scorekeeper::intake {

class FakeStore final : public store::Ledger, public store::Catalog {
 public:
  // --- for tests
  // The next `count` appends that carry requests fail with that code.
  void fail_appends(Code code, int count) {
    Lock lock(mutex_);
    fail_code_ = code;
    fail_count_ = count;
  }
  // Appends with that remark in a change fail with code invalid.
  void fail_on_remarks(std::string remarks) {
    Lock lock(mutex_);
    bad_remarks_ = std::move(remarks);
  }
  void fail_catalog(bool fails) {
    Lock lock(mutex_);
    catalog_fails_ = fails;
  }
  void fail_reports(bool fails) {
    Lock lock(mutex_);
    reports_fail_ = fails;
  }
  // Appends wait until release().
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
  // What the committer did that it must not do; empty = nothing.
  std::string broken() const {
    Lock lock(mutex_);
    return broken_;
  }
  std::size_t count_changes() const {
    Lock lock(mutex_);
    return changes_.size();
  }
  std::size_t count_catalog_writes() const {
    Lock lock(mutex_);
    return catalog_writes_;
  }
  std::size_t count_groups() const {
    Lock lock(mutex_);
    return groups_;
  }
  std::size_t count_requests() const {
    Lock lock(mutex_);
    return requests_.size();
  }
  std::size_t count_reported() const {
    Lock lock(mutex_);
    return reported_.size();
  }
  std::string reference_of(OrgId org, EntityNumber number) const {
    Lock lock(mutex_);
    return catalog_.orgs.at(org).entities.at(number).reference;
  }
  store::OutcomeChange change(std::size_t index) const {
    Lock lock(mutex_);
    return changes_.at(index).change;
  }

  // --- Ledger
  Result<store::LedgerHead> head() override {
    Lock lock(mutex_);
    return store::LedgerHead{head_, last_at_, reserved_};
  }
  Result<void> fold(const store::FoldRow& row) override {
    Lock lock(mutex_);
    for (const Row& one : changes_) row(one.change);
    return {};
  }
  Result<void> load_reported(
      const std::function<void(const store::ReportedBlock&)>& block) override {
    Lock lock(mutex_);
    for (const auto& [key, one] : reported_) block(one);
    return {};
  }
  Result<void> append(const store::Group& group) override {
    Lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    while (held_) changed_.wait(mutex_);
    --waiting_;
    if (!group.requests.empty() && fail_count_ > 0) {
      --fail_count_;
      return make_error(fail_code_, "the test says no");
    }
    for (const auto& change : group.changes) {
      if (!bad_remarks_.empty() && change.remarks == bad_remarks_) {
        return make_error(Code::invalid, "bad remarks");
      }
    }
    check(group);
    keep(group);
    return {};
  }
  Result<void> save_reported(std::span<const store::ReportedBlock> blocks) override {
    Lock lock(mutex_);
    if (reports_fail_) return make_error(Code::unavailable, "the test says no");
    for (const auto& block : blocks) {
      expect(block.last_reported.size() == store::reported_block_size, "a block of another size");
      reported_[{block.org, block.rule, block.block}] = block;
    }
    return {};
  }
  Result<std::uint64_t> forget_requests(Time before, std::uint64_t limit) override {
    Lock lock(mutex_);
    std::uint64_t forgotten = 0;
    for (auto it = requests_.begin(); it != requests_.end() && forgotten < limit;) {
      const bool old = it->second.accepted_at < before;
      it = old ? requests_.erase(it) : std::next(it);
      forgotten += old ? 1U : 0U;
    }
    return forgotten;
  }
  Result<std::vector<store::OutcomeRow>> rows(OrgId, std::span<const RowId> ids) override {
    Lock lock(mutex_);
    std::vector<store::OutcomeRow> found;
    for (const RowId id : ids) {
      if (!id || id.number > changes_.size()) return make_error(Code::internal, "no such row");
      const Row& row = changes_[id.number - 1];
      found.push_back(
          {id, row.change.at,
           row.change.previous ? time_of_seconds(row.change.first_reported) : row.change.at,
           row.remarks});
    }
    return found;
  }
  Result<std::optional<store::AcceptedRequest>> find_request(OrgId org,
                                                             RequestNumber number) override {
    Lock lock(mutex_);
    const auto found = requests_.find(number);
    if (found == requests_.end() || found->second.org != org) return std::nullopt;
    return found->second;
  }
  Result<void> ping() override { return {}; }

  // --- Catalog
  Result<store::Secrets> secrets() override { return store::Secrets{{1, 2}, {3, 4}}; }
  Result<std::vector<store::OrgCatalog>> load_catalog() override {
    Lock lock(mutex_);
    return catalog_.load_catalog();
  }
  Result<void> load_entities(const store::FoldEntity& entity) override {
    Lock lock(mutex_);
    catalog_.load_entities(entity);
    return {};
  }
  Result<void> load_definitions(const store::FoldDefinition& definition) override {
    Lock lock(mutex_);
    catalog_.load_definitions(definition);
    return {};
  }
  Result<void> write(const store::CatalogRows& change) override {
    Lock lock(mutex_);
    if (catalog_fails_) return make_error(Code::unavailable, "the test says no");
    check(change.entities);
    catalog_.write(change);
    ++catalog_writes_;
    return {};
  }
  Result<std::vector<EntityNumber>> find_entities(OrgId org,
                                                  const store::EntityListFilter& filter) override {
    Lock lock(mutex_);
    return catalog_.find_entities(org, filter);
  }
  Result<store::RelationPage> list_relations(OrgId org,
                                             const store::RelationListFilter& filter) override {
    Lock lock(mutex_);
    return catalog_.list_relations(org, filter);
  }
  Result<std::vector<store::ListedEntity>> read_entities(
      OrgId org, const store::EntitySelection& selection) override {
    Lock lock(mutex_);
    return catalog_.read_entities(org, selection);
  }
  Result<std::vector<AuditEvent>> list_audit(OrgId org, const store::AuditFilter& filter) override {
    Lock lock(mutex_);
    return catalog_.list_audit(org, filter);
  }
  Result<store::Keys> load_keys() override { return store::Keys{}; }
  Result<std::uint64_t> keys_version() override { return 0U; }

 private:
  struct Row {
    store::OutcomeChange change;
    std::string remarks;
  };

  void expect(bool holds, const char* what) REQUIRES(mutex_) {
    if (!holds && broken_.empty()) broken_ = what;
  }
  void check(const store::Group& group) REQUIRES(mutex_) {
    RowId row = head_;
    for (const auto& change : group.changes) {
      expect(change.id == RowId{row.number + 1}, "row ids are not head + 1 …");
      expect(change.at >= last_at_, "time goes back");
      expect(change.previous < change.id, "previous is not before");
      expect(change.previous || change.first_reported == seconds_of(change.at), "first report");
      row = change.id;
    }
    for (const auto& request : group.requests) {
      expect(request.number > last_request_, "request numbers do not ascend");
      expect(request.number < reserved_, "a request number above what was reserved before");
      expect(request.position == row, "a request's position is not the group's end");
      last_request_ = std::max(last_request_, request.number);
    }
    check(group.entities);
    expect(group.requests_reserved >= reserved_, "the mark of request numbers goes down");
  }
  // New numbers and names, or those of a removed entity.
  void check(std::span<const store::NewEntity> entities) REQUIRES(mutex_) {
    for (const auto& entity : entities) {
      const auto& known = catalog_.orgs[entity.org].entities;
      const auto found = known.find(entity.number);
      if (found != known.end()) {
        expect(!found->second.live, "an entity number twice");
        expect(is_same_entity(found->second.reference, entity.reference),
               "a number of another entity");
      } else {
        expect(names_.insert({entity.org, fold_reference(entity.reference)}).second,
               "an entity twice");
      }
    }
  }
  void keep(const store::Group& group) REQUIRES(mutex_) {
    for (const auto& change : group.changes) {
      changes_.push_back({change, std::string(change.remarks)});
      changes_.back().change.remarks = {};
      head_ = change.id;
      last_at_ = change.at;
    }
    for (const auto& request : group.requests) {
      requests_[request.number] = request;
      last_at_ = std::max(last_at_, request.accepted_at);
    }
    for (const auto& entity : group.entities) catalog_.put(entity);
    reserved_ = group.requests_reserved;
    ++groups_;
  }

  mutable Mutex mutex_;
  CondVar changed_;
  bool held_ GUARDED_BY(mutex_) = false;
  int waiting_ GUARDED_BY(mutex_) = 0;
  Code fail_code_ GUARDED_BY(mutex_) = Code::unavailable;
  int fail_count_ GUARDED_BY(mutex_) = 0;
  std::string bad_remarks_ GUARDED_BY(mutex_);
  bool catalog_fails_ GUARDED_BY(mutex_) = false;
  bool reports_fail_ GUARDED_BY(mutex_) = false;
  std::string broken_ GUARDED_BY(mutex_);
  std::size_t groups_ GUARDED_BY(mutex_) = 0;
  std::size_t catalog_writes_ GUARDED_BY(mutex_) = 0;
  RowId head_ GUARDED_BY(mutex_);
  Time last_at_ GUARDED_BY(mutex_){};
  RequestNumber reserved_ GUARDED_BY(mutex_);
  RequestNumber last_request_ GUARDED_BY(mutex_);
  std::vector<Row> changes_ GUARDED_BY(mutex_);
  std::map<RequestNumber, store::AcceptedRequest> requests_ GUARDED_BY(mutex_);
  std::set<std::pair<OrgId, std::string>> names_ GUARDED_BY(mutex_);
  std::map<std::tuple<OrgId, RuleNumber, std::uint32_t>, store::ReportedBlock> reported_
      GUARDED_BY(mutex_);
  store::CatalogModel catalog_ GUARDED_BY(mutex_);
};

}  // namespace scorekeeper::intake

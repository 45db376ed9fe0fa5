// The log of one org in memory, and how retention reads and writes it. Included by test files only.
#pragma once

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "store/catalog_body.h"
#include "store/prune.h"

namespace scorekeeper::intake {

struct FakeLog {
  store::Head head;
  RowId audit_floor;
  std::vector<store::LogRecord> records;
};

class FakePruneTables final : public store::PruneTables {
 public:
  explicit FakePruneTables(FakeLog& log) : log_(log) {}

  Result<At> at(OrgId) override { return At{.head = log_.head, .audit_floor = log_.audit_floor}; }
  Result<store::LogPage> read(OrgId, RowId after, std::size_t records_max) override {
    store::LogPage page;
    auto record = std::ranges::upper_bound(log_.records, after, {}, &store::LogRecord::position);
    for (; record != log_.records.end() && page.records.size() < records_max; ++record) {
      page.records.push_back(*record);
    }
    page.end = record == log_.records.end();
    return page;
  }
  Result<std::vector<store::LogRecord>> records_with(OrgId,
                                                     std::span<const RowId> positions) override {
    std::vector<store::LogRecord> found;
    for (const store::LogRecord& record : log_.records) {
      const auto position = std::ranges::lower_bound(positions, record.position);
      if (position != positions.end() && *position <= record.last()) found.push_back(record);
    }
    return found;
  }
  Result<std::vector<CatalogStep>> catalog_steps(OrgId, const store::Floors& floors,
                                                 std::size_t steps_max) override {
    std::vector<CatalogStep> steps;
    std::map<std::pair<AuditResource, std::string>, RowId> latest;
    for (const store::LogRecord& record : log_.records) {
      if (record.kind != store::RecordKind::catalog) continue;
      const auto changes = TRY(store::read_catalog_body(record.body));
      for (std::size_t n = 0; n < changes.size(); ++n) {
        const RowId position{record.position.number + n};
        if (!changes[n] || position > floors.history) continue;
        const auto name = name_of(*changes[n]);
        const RowId before = std::exchange(latest[{name.resource, name.id}], position);
        if (position <= floors.audit || steps.size() == steps_max) continue;
        steps.push_back({.position = position, .at = record.at, .superseded = before});
      }
    }
    return steps;
  }

  Result<void> move_floors(OrgId, const store::Floors& floors) override {
    log_.head.floor = floors.history;
    log_.audit_floor = floors.audit;
    return {};
  }
  Result<void> put_body(const store::LogRecord& record) override {
    find(record)->body = record.body;
    return {};
  }
  Result<void> remove(const store::LogRecord& record) override {
    log_.records.erase(find(record));
    return {};
  }
  Result<void> end_group_before(const store::LogRecord& record) override {
    const auto next = find(record);
    if (next == log_.records.begin()) return {};
    const auto before = std::prev(next);
    if (before->at == record.at) before->group_end = true;
    return {};
  }
  Result<void> forget_places(OrgId, std::span<const RowId>) override { return {}; }

 private:
  std::vector<store::LogRecord>::iterator find(const store::LogRecord& record) {
    return std::ranges::lower_bound(log_.records, record.position, {}, &store::LogRecord::position);
  }

  FakeLog& log_;
};

}  // namespace scorekeeper::intake

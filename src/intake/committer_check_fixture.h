// The parts of the log's contract with the committer that no store checks: it looks at every append
// and remembers the first mistake. One thread at a time. Included by test files only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>

#include "domain/catalog_change.h"
#include "domain/entity.h"
#include "intake/kept_changes.h"
#include "store/log.h"

namespace scorekeeper::intake {

class CommitterCheck {
 public:
  // The first mistake; empty = none.
  const std::string& broken() const { return broken_; }
  // Request numbers below that one are given out.
  void reserve(std::uint64_t end) { reserved_ = std::max(reserved_, end); }
  std::uint64_t reserved() const { return reserved_; }

  // An append that was written behind those heads.
  void take(const store::Append& append, std::span<const store::Head> heads) {
    for (const store::Head& head : heads) take_log(append, head);
    for (const auto& entity : append.entities) {
      take_entity(entity.org, entity.number, entity.reference);
    }
    if (append.change == nullptr) return;
    for (const ResourceChange& change : append.change->changes) {
      const auto* entity = std::get_if<Changed<CatalogEntity>>(&change);
      if (entity == nullptr) continue;
      if (entity->after && !entity->before) {
        take_entity(append.change->org, entity->after->number, entity->after->reference);
      }
      if (!entity->after) live_.erase({append.change->org, entity->before->number});
    }
  }

 private:
  void expect(bool holds, const char* what) {
    if (!holds && broken_.empty()) broken_ = what;
  }
  void take_log(const store::Append& append, const store::Head& head) {
    RowId last = head.last;
    Time at = head.last_at;
    bool group_end = true;
    auto kind = store::RecordKind::catalog;
    for (const store::LogRecord& record : append.records) {
      if (record.org != head.org) continue;
      const bool first = last == head.last;
      expect(record.position.number == last.number + 1, "positions are not continuous");
      expect(first ? record.at > at : record.at == at,
             "the time of a group does not grow, or is not one");
      expect(first || !group_end, "the end of a group is not its last record");
      expect(kind != store::RecordKind::outcomes || record.kind != store::RecordKind::catalog,
             "a record of the catalog behind outcomes");
      last = record.last();
      at = record.at;
      group_end = record.group_end;
      kind = record.kind;
      take_changes(record);
    }
    expect(group_end, "the last record is not the end of a group");
    for (const auto& request : append.requests) {
      if (request.org != head.org) continue;
      expect(requests_.insert(request.number).second, "a request number twice");
      expect(request.number.number < reserved_, "a request number that was not reserved");
      expect(request.position == last, "a request's position is not the end");
    }
  }
  void take_changes(const store::LogRecord& record) {
    if (record.kind != store::RecordKind::outcomes) return;
    const auto changes = changes_of(record);
    expect(changes.size() == record.count, "a count that is not that of the changes");
    expect(record.count <= store::record_changes_max, "a record that is too long");
    for (const KeptChange& change : changes) {
      const std::tuple cell(change.org, change.rule, change.entity);
      const auto known = cells_.find(cell);
      const bool there = known != cells_.end();
      const KeptChange before = there ? known->second : KeptChange();
      expect(change.previous == before.position, "another change is before");
      expect(change.before == before.state, "another state is before");
      expect(change.first_reported == (there ? before.first_reported : seconds_of(change.at)),
             "another first report");
      expect(change.state || there, "an outcome that is not there is deleted");
      if (change.state) {
        cells_[cell] = change;
      } else {
        cells_.erase(cell);
      }
    }
  }
  // A new number and name, or those of a removed entity.
  void take_entity(OrgId org, EntityNumber number, std::string_view reference) {
    expect(live_.insert({org, number}).second, "an entity number twice");
    const auto [known, is_new] = references_.try_emplace({org, number}, reference);
    if (is_new) {
      expect(names_.insert({org, fold_reference(reference)}).second, "an entity twice");
    } else {
      expect(is_same_entity(known->second, reference), "a number of another entity");
    }
  }

  std::string broken_;
  std::uint64_t reserved_ = 1;
  std::set<RequestNumber> requests_;
  // The latest change of each outcome that is there.
  std::map<std::tuple<OrgId, RuleNumber, EntityNumber>, KeptChange> cells_;
  std::map<std::pair<OrgId, EntityNumber>, std::string> references_;  // deleted ones too
  std::set<std::pair<OrgId, EntityNumber>> live_;
  std::set<std::pair<OrgId, std::string>> names_;
};

}  // namespace scorekeeper::intake

// Replays one log in memory for verify.h: computes the rows that the tables must have, and finds
// faults of the records. One thread; lives as long as one verification.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "store/catalog_body.h"
#include "store/log_record.h"
#include "store/outcome_body.h"
#include "store/sqlite/tools/verify.h"

namespace scorekeeper::store::sqlite {

// The last change of each cell: an open-addressing hash table, 24 bytes a slot.
class ReplayedCells {
 public:
  struct Cell {
    RowId position;  // 0: there is none
    std::optional<State> state;
  };

  ReplayedCells() : slots_(std::size_t{1} << 10) {}

  Cell find(RuleNumber rule, EntityNumber entity) const;
  void put(RuleNumber rule, EntityNumber entity, const Cell& cell);

 private:
  struct Slot {
    std::uint64_t key = 0;  // 0 = free
    Cell cell;
  };
  std::size_t place_of(std::uint64_t key) const;
  void grow();

  std::vector<Slot> slots_;
  std::size_t used_ = 0;
};

// A row of a state table as the JSON members of a catalog record.
struct ReplayedThing {
  std::string json;
  bool removed = false;
  RowId position;

  bool operator==(const ReplayedThing&) const = default;
};
using ThingName = std::pair<AuditResource, std::string>;

struct ReplayedEntity {
  std::string reference;
  Time discovered_at{};
  bool live = true;
  RowId position;
  std::optional<ReplayedThing> definition;
};

// As a record of the catalog has it, so that two of them can be compared. Members that stand for
// rows of other things are left out.
std::string written(Scorecard scorecard);
std::string written(CatalogRule rule);
std::string written(Kind kind);
std::string written(CatalogCampaign campaign);
std::string written(Org org);
std::string written(Key key);
std::string written(const DefinedEntity& defined);

// The replay of one org's log.
class Replay {
 public:
  Replay(OrgId org, RowId floor, Faults& faults) : faults_(faults) {
    head_.org = org;
    head_.floor = floor;
  }

  // The next record of the log.
  void take(const LogRecord& record);
  // Ends the replay; it is a fault if the log does not end where `head` says.
  void finish(const Head& head);

  const Head& head() const { return head_; }
  std::uint64_t records() const { return records_; }
  const std::map<ThingName, ReplayedThing>& things() const { return things_; }
  const std::map<EntityNumber, ReplayedEntity>& entities() const { return entities_; }
  // The row of log_catalog that each change must have (place_text()).
  const std::set<std::string>& places() const { return places_; }

 private:
  void fault(RowId position, const std::string& what);
  void check_place(const LogRecord& record);
  void take_outcomes(const LogRecord& record);
  void take_outcome(RowId position, const ChangedOutcome& change);
  void take_changes(const LogRecord& record);
  void take_change(RowId position, const ResourceChange& change);
  void see(RowId position, const SeenEntity& entity, Time at);
  void discover(RowId position, EntityNumber number, std::string_view reference, Time at);

  template <class T>
  void take(RowId position, const Changed<T>& change, const ThingName& name);
  void take(RowId position, const Changed<CatalogEntity>& change, const ThingName& name);

  Faults& faults_;
  Head head_;
  bool group_is_open_ = false;
  std::uint64_t records_ = 0;
  ReplayedCells cells_;
  std::map<ThingName, ReplayedThing> things_;
  std::map<RuleNumber, bool> rules_;  // true: it was deleted
  std::map<EntityNumber, ReplayedEntity> entities_;
  std::set<std::string> places_;
  OutcomeBody body_;
};

// A row of log_catalog as places() has it.
std::string place_text(RowId position, RowId record, std::string_view resource,
                       std::string_view id);

}  // namespace scorekeeper::store::sqlite

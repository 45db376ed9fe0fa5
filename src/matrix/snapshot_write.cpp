// OrgMatrix::write_snapshot: copies the tables in short looks.
#include <algorithm>

#include "matrix/snapshot.h"
#include "matrix/snapshot_records.h"
#include "matrix/tables.h"

namespace scorekeeper::matrix {
namespace {

// Things in one record, of which the texts are bounded by limits.
constexpr std::uint32_t rules_in_look = 64;
constexpr std::uint32_t entities_in_look = 1024;

// The progress of copying.
class SnapshotCopy {
 public:
  // The next piece, under the reader's lock. false = that was the last one.
  bool advance(const OrgMatrix::Tables& tables);
  std::span<const std::byte> piece() const { return put_.bytes(); }
  // Whether it is still the matrix that it was at the first piece.
  bool is_of(const OrgMatrix::Tables& tables) const {
    return serial_ == 0 || serial_ == tables.entities.serial();
  }
  SnapshotRange range() const { return range_; }

 private:
  // One record of what write() puts.
  template <class Write>
  void record(SnapshotType type, const Write& write) {
    put_(type, std::uint32_t{0});
    const std::size_t start = put_.bytes().size();
    write();
    put_.patch(start - sizeof(std::uint32_t), put_.bytes().size() - start);
  }
  // The things with the next numbers below `end`; then the type after this one comes.
  template <class Find>
  void numbered(std::uint32_t end, std::uint32_t in_look, const Find& find) {
    const auto last = std::min<std::uint64_t>(end, std::uint64_t{next_} + in_look);
    record(type_, [&] {
      for (; next_ < last; ++next_) find(next_);
    });
    if (next_ >= end) turn_to_next();
  }
  void turn_to_next() {
    type_ = static_cast<SnapshotType>(static_cast<std::uint32_t>(type_) + 1);
    next_ = 1;
  }
  void begin(const OrgMatrix::Tables& tables);
  void write_kinds(const OrgMatrix::Tables& tables);
  void write_entity(const OrgMatrix::Tables& tables, EntityNumber number);
  void write_cells(const OrgMatrix::Tables& tables);

  SnapshotPut put_;
  SnapshotRange range_;
  std::uint64_t serial_ = 0;
  SnapshotType type_ = SnapshotType::rules;
  std::uint32_t next_ = 1;   // number of the type
  std::size_t page_ = 0;     // of the cells of rule next_
  RuleNumber rules_end_{1};  // above those that were copied
};

void SnapshotCopy::begin(const OrgMatrix::Tables& tables) {
  serial_ = tables.entities.serial();
  range_.from = tables.position;
  put_.raw(snapshot_magic.data(), snapshot_magic.size());
  put_(snapshot_format, range_.from);
}

bool SnapshotCopy::advance(const OrgMatrix::Tables& tables) {
  put_.clear();
  if (serial_ == 0) begin(tables);
  const auto put = [&](const auto* thing) {
    if (thing != nullptr) transfer(put_, *thing);
  };
  switch (type_) {
    case SnapshotType::rules:
      rules_end_ = tables.rulebook.next_rule();
      numbered(rules_end_.number, rules_in_look,
               [&](std::uint32_t number) { put(tables.rulebook.find_rule(RuleNumber{number})); });
      return true;
    case SnapshotType::scorecards:
      numbered(tables.rulebook.next_scorecard().number, rules_in_look, [&](std::uint32_t number) {
        put(tables.rulebook.find_scorecard(ScorecardNumber{number}));
      });
      return true;
    case SnapshotType::kinds:
      write_kinds(tables);
      return true;
    case SnapshotType::campaigns:
      numbered(tables.campaigns.next().number, rules_in_look,
               [&](std::uint32_t number) { put(tables.campaigns.find(CampaignNumber{number})); });
      return true;
    case SnapshotType::entities:
      numbered(tables.names.next().number, entities_in_look,
               [&](std::uint32_t number) { write_entity(tables, EntityNumber{number}); });
      return true;
    case SnapshotType::cells:
      write_cells(tables);
      return true;
    case SnapshotType::end:
      range_.until = tables.position;
      record(type_, [&] { put_(range_.until); });
      return false;
  }
  return false;
}

// There are few.
void SnapshotCopy::write_kinds(const OrgMatrix::Tables& tables) {
  record(type_, [&] {
    const Page all{.offset = 0, .size = tables.kinds.count()};
    for (const Kind& kind : tables.kinds.list({}, all)) transfer(put_, kind);
  });
  turn_to_next();
}

void SnapshotCopy::write_entity(const OrgMatrix::Tables& tables, EntityNumber number) {
  const auto reference = tables.names.text(number);
  if (reference.empty()) return;
  const Entities& entities = tables.entities;
  const bool found = !tables.names.has_hidden() || tables.names.find(reference) == number;
  put_(number, entities.live().has(number), found, entities.version_of(number), reference);
  const bool defined = entities.defined().has(number);
  put_(defined);
  if (!defined) return;
  const EntityAttributes attributes = entities.attributes(number);
  transfer(put_, attributes);
}

void SnapshotCopy::write_cells(const OrgMatrix::Tables& tables) {
  while (put_.bytes().size() < snapshot_piece_bytes) {
    if (next_ >= rules_end_.number) return turn_to_next();
    const RuleNumber rule{next_};
    if (page_ >= tables.cells.count_pages(rule)) {
      ++next_;
      page_ = 0;
      continue;
    }
    const std::size_t index = page_++;
    const CellPage* page = tables.cells.find_any_page(rule, index);
    if (page == nullptr || page->count() == 0) continue;
    record(type_, [&] {
      put_(rule, static_cast<std::uint32_t>(index));
      page->write(put_);
    });
  }
}

}  // namespace

Result<SnapshotRange> OrgMatrix::write_snapshot(const SnapshotSink& sink) const {
  SnapshotCopy copy;
  for (bool more = true; more;) {
    {
      ReadLock lock(mutex_);
      if (!copy.is_of(*tables_)) {
        return make_error(Code::unavailable, "the matrix was folded again meanwhile");
      }
      more = copy.advance(*tables_);
    }
    TRY(sink(copy.piece()));
  }
  return copy.range();
}

}  // namespace scorekeeper::matrix

// OrgMatrix::read_snapshot: makes tables of bytes that may be anything.
#include <algorithm>
#include <string>
#include <utility>

#include "domain/entity.h"
#include "matrix/snapshot.h"
#include "matrix/snapshot_records.h"
#include "matrix/tables.h"

namespace scorekeeper::matrix {
namespace {

Error damaged(std::string_view what) {
  return make_error(Code::internal, "the snapshot is damaged: " + std::string(what));
}

bool is_canonical(std::string_view reference) {
  const auto parts = parse_entity_reference(reference);
  if (!parts) return false;
  std::string canonical;
  append_canonical(*parts, canonical);
  return canonical == reference;
}

struct ReadEntity {
  EntityNumber number;
  bool live = false;
  bool found = false;
  RowId version;
  std::string reference;
  std::optional<EntityAttributes> attributes;
};

class SnapshotLoad {
 public:
  SnapshotLoad(std::span<const std::byte> bytes, OrgMatrix::Tables& tables)
      : bytes_(bytes), size_(bytes.size()), tables_(tables) {}

  Result<SnapshotRange> read();

 private:
  bool read_record(SnapshotType type, SnapshotGet& record);
  template <class Thing>
  void read_numbered(SnapshotGet& record, std::vector<Thing>& things) const;
  void read_kinds(SnapshotGet& record);
  void read_entities(SnapshotGet& record);
  void read_cells(SnapshotGet& record);
  bool put_catalog();
  bool can_be(const Rule& rule) const;
  // Whether a number may be one of things that take so many bytes each. Gaps are rare, and the
  // memory that damaged bytes make us reserve is bounded.
  bool is_number(std::uint32_t number, std::size_t bytes_each) const {
    return number != 0 && number <= size_ / bytes_each + 65'536;
  }

  SnapshotGet bytes_;
  std::size_t size_;
  OrgMatrix::Tables& tables_;
  std::vector<Rule> rules_;
  std::vector<Scorecard> scorecards_;
  std::vector<Campaign> campaigns_;
  std::vector<EntityNumber> found_;  // by their reference
  EntityNumber last_entity_;
  bool has_catalog_ = false;
};

Result<SnapshotRange> SnapshotLoad::read() {
  const auto magic = bytes_.raw(snapshot_magic.size());
  const std::string_view begin(reinterpret_cast<const char*>(magic.data()), magic.size());
  if (begin != snapshot_magic) return damaged("it does not begin as one");
  const auto format = bytes_.next<std::uint32_t>();
  if (format != snapshot_format) {
    return make_error(Code::internal, "the snapshot has format " + std::to_string(format) +
                                          ", not " + std::to_string(snapshot_format));
  }
  SnapshotRange range;
  bytes_(range.from);
  auto last = SnapshotType::rules;
  while (!bytes_.at_end()) {
    const auto type = bytes_.next<SnapshotType>();
    SnapshotGet record(bytes_.raw(bytes_.next<std::uint32_t>()));
    if (bytes_.failed() || type < last) return damaged("its records");
    last = type;
    if (type >= SnapshotType::cells && !has_catalog_ && !put_catalog()) {
      return damaged("its rules, scorecards or campaigns");
    }
    if (type == SnapshotType::end) {
      record(range.until);
      if (!record.is_done() || !bytes_.is_done() || range.until < range.from) break;
      tables_.position = range.from;
      return range;
    }
    if (!read_record(type, record)) {
      return damaged("a record of type " + std::to_string(static_cast<std::uint32_t>(type)));
    }
  }
  return damaged("its end");
}

bool SnapshotLoad::read_record(SnapshotType type, SnapshotGet& record) {
  switch (type) {
    case SnapshotType::rules:
      read_numbered(record, rules_);
      break;
    case SnapshotType::scorecards:
      read_numbered(record, scorecards_);
      break;
    case SnapshotType::kinds:
      read_kinds(record);
      break;
    case SnapshotType::campaigns:
      read_numbered(record, campaigns_);
      break;
    case SnapshotType::entities:
      read_entities(record);
      break;
    case SnapshotType::cells:
      read_cells(record);
      break;
    case SnapshotType::end:
    default:
      return false;
  }
  return record.is_done();
}

template <class Thing>
void SnapshotLoad::read_numbered(SnapshotGet& record, std::vector<Thing>& things) const {
  constexpr std::size_t bytes_each = 64;
  while (!record.at_end()) {
    Thing thing;
    transfer(record, thing);
    record.expect(is_number(thing.number.number, bytes_each) &&
                  (things.empty() || things.back().number < thing.number));
    if (!record.failed()) things.push_back(std::move(thing));
  }
}

void SnapshotLoad::read_kinds(SnapshotGet& record) {
  while (!record.at_end()) {
    Kind kind;
    transfer(record, kind);
    if (!record.failed()) tables_.kinds.put(kind);
  }
}

void SnapshotLoad::read_entities(SnapshotGet& record) {
  constexpr std::size_t bytes_each = 16;
  ReadEntity entity;
  while (!record.at_end()) {
    bool defined = false;
    record(entity.number, entity.live, entity.found, entity.version, entity.reference, defined);
    entity.attributes = defined ? std::optional(EntityAttributes()) : std::nullopt;
    if (defined) transfer(record, *entity.attributes);
    record.expect(is_number(entity.number.number, bytes_each) && last_entity_ < entity.number &&
                  is_canonical(entity.reference) && (entity.live || !defined));
    if (record.failed()) return;
    last_entity_ = entity.number;
    tables_.names.add(entity.number, entity.reference);
    if (entity.found) found_.push_back(entity.number);
    if (entity.version) tables_.entities.set_version(entity.number, entity.version);
    if (!entity.live) continue;
    tables_.entities.add(entity.number, entity.reference);
    if (entity.attributes) tables_.entities.define(entity.number, *entity.attributes);
  }
}

bool SnapshotLoad::can_be(const Rule& rule) const {
  return rule.level >= level_min && rule.level <= level_max &&
         tables_.rulebook.find_scorecard(rule.scorecard) != nullptr;
}

// Scopes are decided once, of all entities.
bool SnapshotLoad::put_catalog() {
  has_catalog_ = true;
  if (tables_.names.has_hidden()) {
    for (const EntityNumber entity : found_) tables_.names.prefer(entity);
  }
  for (const Scorecard& scorecard : scorecards_) tables_.rulebook.put(scorecard);
  for (const Rule& rule : rules_) {
    if (!can_be(rule)) return false;
    tables_.rulebook.put(rule);
    if (rule.removed_at_position) tables_.cells.hide(rule.number);
  }
  for (const Campaign& campaign : campaigns_) {
    if (campaign.status < CampaignStatus::not_started ||
        campaign.status > CampaignStatus::completed) {
      return false;
    }
    tables_.campaigns.put(campaign);
  }
  ScopeDrafts none;
  auto scopes = tables_.scopes.decide(rules_, tables_.entities, tables_.names, none);
  tables_.scopes.commit(scopes);
  return true;
}

void SnapshotLoad::read_cells(SnapshotGet& record) {
  const auto rule = record.next<RuleNumber>();
  const auto index = record.next<std::uint32_t>();
  record.expect(tables_.rulebook.find_rule(rule) != nullptr);
  if (record.failed()) return;
  constexpr Words nobody{};
  const Words* live = tables_.entities.live().page(index);
  auto page = CellPage::read(record, live == nullptr ? nobody : *live);
  if (page && !record.failed()) record.expect(tables_.cells.adopt(rule, index, std::move(page)));
}

}  // namespace

Result<SnapshotRange> OrgMatrix::read_snapshot(std::span<const std::byte> bytes) {
  auto tables = std::make_unique<Tables>();
  const SnapshotRange range = TRY(SnapshotLoad(bytes, *tables).read());
  replace(std::move(tables));
  return range;
}

}  // namespace scorekeeper::matrix

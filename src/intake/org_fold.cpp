#include "intake/org_fold.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>

#include "base/assert.h"
#include "intake/catalog_piece.h"
#include "store/catalog_body.h"

namespace scorekeeper::intake {
namespace {

constexpr std::size_t waiting_max = 16;  // pieces; then the reader waits

template <class Map>
void move_values(Map& map, std::vector<typename Map::mapped_type>& values) {
  for (auto& [number, value] : map) values.push_back(std::move(value));
  map.clear();
}

// The latest of each number.
template <class Map>
void put_off(std::vector<typename Map::mapped_type>& values, Map& map) {
  for (auto& value : values) map.insert_or_assign(value.number, std::move(value));
  values.clear();
}

}  // namespace

void PieceWriter::put(matrix::OrgMatrix& matrix, Piece piece) {
  {
    Lock lock(mutex_);
    while (waiting_.size() >= waiting_max) changed_.wait(mutex_);
    waiting_.push_back({&matrix, std::move(piece)});
  }
  changed_.notify_all();
}

void PieceWriter::finish() {
  {
    Lock lock(mutex_);
    finished_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void PieceWriter::run() {
  while (const auto work = take()) work->piece.publish(*work->matrix);
}

std::optional<PieceWriter::Work> PieceWriter::take() {
  std::optional<Work> work;
  {
    Lock lock(mutex_);
    while (waiting_.empty() && !finished_) changed_.wait(mutex_);
    if (waiting_.empty()) return std::nullopt;
    work = std::move(waiting_.front());
    waiting_.pop_front();
  }
  changed_.notify_all();
  return work;
}

OrgFold::OrgFold(matrix::OrgMatrix& matrix, const SipKey& change_key)
    : matrix_(matrix), change_key_(change_key) {
  reset();
}

void OrgFold::reset() {
  store::Head nothing;
  nothing.org = matrix_.org();
  start_at(nothing);
}

void OrgFold::start_at(const store::Head& head) {
  head_ = head;
  drop_added();
  late_ = {};
  next_rule_ = matrix_.next_rule();
  next_entity_ = matrix_.next_entity();
}

void OrgFold::drop_added() {
  added_ = head_;
  in_group_ = false;
  has_catalog_ = false;
  waits_ = false;
  piece_.clear();
}

// Behind the floor nothing is missing, and nothing was changed.
bool OrgFold::follows(const store::LogRecord& record) const {
  if (record.org != matrix_.org() || record.position <= added_.last || record.count == 0) {
    return false;
  }
  const bool next = record.position.number == added_.last.number + 1;
  if (!next) return record.position.number <= floor_.number + 1;
  return record.position <= floor_ || store::chain_after(added_.chain, record) == record.chain;
}

Result<bool> OrgFold::add(const store::LogRecord& record) {
  ASSERT(!waits_);
  if (!follows(record)) return false;
  const bool is_catalog = record.kind == store::RecordKind::catalog;
  // A record of the catalog is published by itself: one publish has an order of its own.
  if (!in_group_ && is_catalog) publish_piece();
  TRY(read(record, nullptr));
  end_record(record);
  return true;
}

void OrgFold::add_own(const store::LogRecord& record, std::span<const ResourceChange> changes) {
  ASSERT(!waits_ && changes.size() == record.count);
  ASSERT(record.org == matrix_.org() && record.position.number == added_.last.number + 1);
  if (!in_group_) publish_piece();
  has_catalog_ = true;
  RowId position = record.position;
  for (const ResourceChange& change : changes) {
    put_change(change, position);
    ++position.number;
    // As it is read from the log, whose relations are sorted.
    const auto* entity = std::get_if<Changed<CatalogEntity>>(&change);
    if (entity == nullptr || !entity->after || !entity->after->definition) continue;
    EntityDefinition definition;
    definition.reference = entity->after->reference;
    definition.relations = entity->after->definition->definition.relations;
    std::ranges::sort(definition.relations, {}, [](const Relation& relation) {
      return std::tie(relation.from, relation.type, relation.to);
    });
    piece_.updates.back().attributes->systems = systems_of(definition);
  }
  move_on(record);
  end_record(record);
}

void OrgFold::end_record(const store::LogRecord& record) {
  if (!record.group_end) return;
  waits_ = !prepares_scopes();
  if (!waits_ && (has_catalog_ || piece_.size() >= fold_batch)) publish_piece();
}

bool OrgFold::prepares_scopes() {
  return piece_.rules.empty() || matrix_.prepare_scopes(piece_.rules);
}

bool OrgFold::show_group() {
  ASSERT(waits_);
  if (!prepares_scopes()) return false;
  waits_ = false;
  publish_piece();
  return true;
}

void OrgFold::publish() {
  ASSERT(!in_group_ && !waits_);
  publish_piece();
}

void OrgFold::publish_piece() {
  piece_.position = added_.last;
  if (head_.last != added_.last) piece_.publish(matrix_);
  piece_.clear();
  has_catalog_ = false;
  head_ = added_;
}

Result<bool> OrgFold::add(const store::LogRecord& record, PieceWriter& writer) {
  if (!follows(record)) return false;
  TRY(read(record, &writer));
  put_off();
  if (piece_.removes() || piece_.size() >= fold_batch) {
    hand_over_piece(writer);
    piece_.changes.reserve(fold_batch + store::record_changes_max);
  }
  return true;
}

void OrgFold::put_off() {
  intake::put_off(piece_.scorecards, late_.scorecards);
  intake::put_off(piece_.rules, late_.rules);
  intake::put_off(piece_.campaigns, late_.campaigns);
}

void OrgFold::hand_over_piece(PieceWriter& writer) {
  if (piece_.size() == 0 && added_.last == head_.last) return;
  piece_.position = added_.last;
  writer.put(matrix_, std::exchange(piece_, {}));
}

void OrgFold::hand_over(PieceWriter& writer) {
  hand_over_piece(writer);
  move_values(late_.scorecards, piece_.scorecards);
  move_values(late_.rules, piece_.rules);
  move_values(late_.campaigns, piece_.campaigns);
  hand_over_piece(writer);
  head_ = added_;
}

void OrgFold::advance(const store::LogRecord& last) {
  ASSERT(last.org == head_.org && last.last() > head_.last && added_.last == head_.last);
  ASSERT(last.group_end && matrix_.position() == last.last());
  head_.last = last.last();
  head_.last_at = last.at;
  head_.chain = last.chain;
  added_ = head_;
  next_entity_ = matrix_.next_entity();
}

Error OrgFold::damaged(const store::LogRecord& record, const std::string& what) const {
  return make_error(Code::internal, fmt::format("the log of org {} is damaged at position {}: {}",
                                                record.org.number, record.position.number, what));
}

Result<void> OrgFold::read(const store::LogRecord& record, PieceWriter* writer) {
  if (record.kind == store::RecordKind::catalog) {
    TRY(read_catalog(record, writer));
  } else {
    TRY(read_outcomes(record));
  }
  move_on(record);
  return {};
}

void OrgFold::move_on(const store::LogRecord& record) {
  added_.last = record.last();
  added_.last_at = record.at;
  added_.chain = record.chain;
  in_group_ = !record.group_end;
}

Result<void> OrgFold::read_outcomes(const store::LogRecord& record) {
  if (auto read = store::read_outcome_body(record, body_); !read) {
    return damaged(record, read.error().detail);
  }
  if (body_.changes.size() != record.count) return damaged(record, "another number of changes");
  for (const store::SeenEntity& entity : body_.entities) {
    piece_.add_entity(entity.number, entity.reference, record.position);
    next_entity_ = std::max(next_entity_, EntityNumber{entity.number.number + 1});
  }
  const std::uint32_t seconds = seconds_of(record.at);
  RowId position = record.position;
  std::string_view remarks;  // of the hash: one text may be that of many changes
  std::uint64_t hash = siphash13(change_key_, remarks);
  for (const auto& change : body_.changes) {
    const RowId row = position;
    ++position.number;
    if (!change) continue;  // retention took it away
    if (!change->rule || change->rule >= next_rule_) return damaged(record, "an unknown rule");
    if (!change->entity || change->entity >= next_entity_) {
      return damaged(record, "an unknown entity");
    }
    matrix::CellChange& put =
        piece_.changes.emplace_back(matrix::CellChange{change->rule, change->entity, {}});
    if (change->remarks.data() != remarks.data() || change->remarks.size() != remarks.size()) {
      remarks = change->remarks;
      hash = siphash13(change_key_, remarks);
    }
    if (change->state) {
      put.cell = matrix::Cell{.state = *change->state,
                              .row = row,
                              .hash = hash,
                              .first_reported = change->first_reported,
                              .last_reported = seconds};
    }
  }
  return {};
}

// Keys, tokens and the org itself are not the matrix's: the gate loads them.
Result<void> OrgFold::read_catalog(const store::LogRecord& record, PieceWriter* writer) {
  auto body = store::read_catalog_body(record.body);
  if (!body) return damaged(record, body.error().detail);
  if (body->size() != record.count) return damaged(record, "another number of changes");
  // One publish removes before it adds.
  const bool takes =
      std::ranges::any_of(*body, [](const auto& change) { return change && takes_out(*change); });
  if (writer != nullptr && takes && piece_.size() > 0) hand_over_piece(*writer);
  has_catalog_ = true;
  RowId position = record.position;
  for (const auto& logged : *body) {
    const RowId row = position;
    ++position.number;
    if (logged) put_change(*logged, row);
  }
  return {};
}

void OrgFold::put_change(const ResourceChange& change, RowId row) {
  std::size_t rules = piece_.rules.size();
  std::size_t names = piece_.names.size();
  if (is_removal(change)) ++removals_;
  add_change(change, row, piece_);
  for (; rules < piece_.rules.size(); ++rules) {
    next_rule_ = std::max(next_rule_, RuleNumber{piece_.rules[rules].number.number + 1});
  }
  for (; names < piece_.names.size(); ++names) {
    next_entity_ = std::max(next_entity_, EntityNumber{piece_.names[names].number.number + 1});
  }
}

void Piece::add_entity(EntityNumber number, std::string_view reference, RowId version) {
  names.push_back({number, text.size(), reference.size(), version});
  text += reference;
}

void Piece::publish(matrix::OrgMatrix& matrix) const {
  std::vector<matrix::EntityAddition> additions;
  additions.reserve(names.size());
  for (const Name& name : names) {
    additions.push_back({.number = name.number,
                         .reference = std::string_view(text).substr(name.offset, name.length),
                         .version = name.version});
  }
  matrix.publish({.scorecards = scorecards,
                  .rules = rules,
                  .removed_kinds = removed_kinds,
                  .kinds = kinds,
                  .campaigns = campaigns,
                  .removals = removals,
                  .additions = additions,
                  .updates = updates,
                  .changes = changes,
                  .touches = {},
                  .position = position});
}

void Piece::clear() {
  scorecards.clear();
  rules.clear();
  removed_kinds.clear();
  kinds.clear();
  campaigns.clear();
  removals.clear();
  names.clear();
  text.clear();
  updates.clear();
  changes.clear();
}

}  // namespace scorekeeper::intake

#include "intake/catalog_records.h"

#include <variant>

#include "store/catalog_body.h"
#include "store/outcome_body.h"

namespace scorekeeper::intake {
namespace {

// Entities that are deleted.
std::vector<EntityNumber> deleted_by(const CatalogChange& change) {
  std::vector<EntityNumber> deleted;
  for (const ResourceChange& one : change.changes) {
    const auto* entity = std::get_if<Changed<CatalogEntity>>(&one);
    if (entity != nullptr && !entity->after) deleted.push_back(entity->before->number);
  }
  return deleted;
}

class Records {
 public:
  explicit Records(const ChangeSource& source)
      : source_(source), next_(source.first), body_(source.at) {}

  void add_catalog(const CatalogChange& change) {
    for (store::CatalogBody& body : store::write_catalog_bodies(change.changes)) {
      put(store::RecordKind::catalog, body.count, std::move(body.json));
    }
  }
  // Adds the changes that remove the entity's outcomes.
  void add_outcomes(EntityNumber entity) {
    for (const matrix::RuleCell& cell : source_.matrix.cells_of(entity)) {
      if (body_.is_full()) cut();
      body_.add({.rule = cell.rule,
                 .entity = entity,
                 .state = std::nullopt,
                 .before = cell.cell.state,
                 .previous = cell.cell.row,
                 .first_reported = cell.cell.first_reported,
                 .reported_before = cell.cell.last_reported,
                 .remarks = {}});
    }
  }
  std::vector<store::LogRecord> take() {
    cut();
    return std::move(records_);
  }

 private:
  void cut() {
    const std::uint32_t count = body_.count();
    if (count > 0) put(store::RecordKind::outcomes, count, body_.finish());
  }
  void put(store::RecordKind kind, std::uint32_t count, std::string body) {
    records_.push_back({.org = source_.matrix.org(),
                        .position = next_,
                        .count = count,
                        .at = source_.at,
                        .kind = kind,
                        .actor = actor_of(source_.caller),
                        .request = {},
                        .request_id = source_.caller.request_id,
                        .group_end = false,
                        .chain = {},
                        .body = std::move(body)});
    next_.number += count;
  }

  const ChangeSource& source_;
  RowId next_;
  store::OutcomeBodyWriter body_;
  std::vector<store::LogRecord> records_;
};

}  // namespace

std::vector<store::LogRecord> records_of(const CatalogChange& change, const ChangeSource& source) {
  Records records(source);
  if (change.changes.empty()) return records.take();
  records.add_catalog(change);
  for (const EntityNumber entity : deleted_by(change)) records.add_outcomes(entity);
  return records.take();
}

}  // namespace scorekeeper::intake

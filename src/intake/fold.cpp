// The fold: the matrix rebuilt from catalog and ledger: entities, their definitions, rules with
// their scopes, then the ledger's rows. Rows of a rule or entity that was deleted afterwards do not
// count, but positions do: every org is at the ledger's end. Nobody is served before the fold is
// done, so that it may publish parts of groups.
//
// Reading the ledger and putting cells take about as long as each other, so that a thread of their
// own puts the cells while the caller reads on. It is the matrix's only writer for that time.
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "intake/intake.h"
#include "intake/org_fold.h"

namespace scorekeeper::intake {
namespace {

class Fold {
 public:
  explicit Fold(matrix::Matrix& matrix) : matrix_(matrix) {}

  // Rows of one org mostly follow each other.
  OrgFold& org(OrgId id) {
    if (last_ == nullptr || id != last_id_) {
      auto& org = orgs_[id];
      if (!org) org = std::make_unique<OrgFold>(matrix_.org(id));
      last_ = org.get();
      last_id_ = id;
    }
    return *last_;
  }
  void publish_entities() {
    for (const auto& [id, org] : orgs_) org->publish_entities();
  }
  void publish_cells(CellWriter& writer) {
    for (const auto& [id, org] : orgs_) org->publish_cells(writer);
  }

 private:
  matrix::Matrix& matrix_;
  std::unordered_map<OrgId, std::unique_ptr<OrgFold>> orgs_;
  OrgFold* last_ = nullptr;
  OrgId last_id_;
};

}  // namespace

Result<void> fold(store::Catalog& catalog, store::Ledger& ledger, matrix::Matrix& matrix) {
  Fold fold(matrix);
  const std::vector<store::OrgCatalog> all = TRY(catalog.load_catalog());
  for (const store::OrgCatalog& org : all) fold.org(org.org).add(org);
  TRY(catalog.load_entities(
      [&](const store::FoldedEntity& entity) { fold.org(entity.org).add(entity); }));
  TRY(catalog.load_definitions(
      [&](OrgId org, EntityNumber number, const EntityAttributes& attributes) {
        fold.org(org).add(number, attributes);
      }));
  fold.publish_entities();
  for (const store::OrgCatalog& org : all) fold.org(org.org).publish(org);
  CellWriter writer;
  std::optional<store::OutcomeChange> stray;
  TRY(ledger.fold([&](const store::OutcomeChange& row) {
    if (!fold.org(row.org).add(row, &writer) && !stray) stray = row;
  }));
  if (stray) {
    return make_error(Code::internal,
                      fmt::format("the ledger's row {} names rule {}, which the catalog lacks",
                                  stray->id.number, stray->rule.number));
  }
  fold.publish_cells(writer);
  writer.finish();
  matrix.begin_at(TRY(ledger.head()).last);
  return ledger.load_reported([&](const store::ReportedBlock& block) {
    const matrix::Reported reported{
        .rule = block.rule, .block = block.block, .last_reported = block.last_reported};
    matrix.org(block.org).restore_reported(std::span(&reported, 1));
  });
}

}  // namespace scorekeeper::intake

// The fold: the matrix rebuilt from catalog and ledger (design §1). Rows of a rule or entity that
// was deleted afterwards do not count (decisions 7).
#include <fmt/format.h>

#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "intake/intake.h"

namespace scorekeeper::intake {
namespace {

constexpr std::size_t publish_size = 4'096;  // cells and names in one go

// What the fold of one org keeps until it is published.
class OrgFold {
 public:
  explicit OrgFold(matrix::OrgMatrix& matrix) : matrix_(matrix) {}

  void add(const store::OrgCatalog& catalog) {
    for (const Rule& rule : catalog.rules) {
      if (rule.number.number >= rules_.size()) rules_.resize(rule.number.number + std::size_t{1});
      rules_[rule.number.number] = {true, rule.removed_at_position.value_or(RowId{})};
    }
    matrix_.publish(catalog.scorecards, catalog.rules);
  }
  void add(const store::FoldedEntity& entity) {
    if (entity.removed_at_position) removed_entities_[entity.number] = *entity.removed_at_position;
    names_.push_back({entity.number, text_.size(), entity.reference.size()});
    text_ += entity.reference;
    if (names_.size() == publish_size) publish();
  }
  // false = the catalog does not know the rule.
  bool add(const store::OutcomeChange& row) {
    if (row.rule.number >= rules_.size() || !rules_[row.rule.number].known) return false;
    position_ = row.id;
    if (row.id <= rules_[row.rule.number].removed) return true;
    if (!removed_entities_.empty()) {
      const auto removed = removed_entities_.find(row.entity);
      if (removed != removed_entities_.end() && row.id <= removed->second) return true;
    }
    changes_.push_back({row.rule, row.entity,
                        matrix::Cell{.state = row.state,
                                     .row = row.id,
                                     .hash = row.hash,
                                     .first_reported = row.first_reported,
                                     .last_reported = seconds_of(row.at)}});
    if (changes_.size() == publish_size) publish();
    return true;
  }
  void publish() {
    additions_.clear();
    for (const Name& name : names_) {
      additions_.push_back({name.number, std::string_view(text_).substr(name.offset, name.length)});
    }
    matrix_.publish(additions_, changes_, {}, position_);
    names_.clear();
    text_.clear();
    changes_.clear();
  }

 private:
  struct Name {
    EntityNumber number;
    std::size_t offset;
    std::size_t length;
  };
  struct KnownRule {
    bool known = false;
    RowId removed;
  };
  matrix::OrgMatrix& matrix_;
  std::vector<KnownRule> rules_;  // by number
  std::unordered_map<EntityNumber, RowId> removed_entities_;
  std::vector<Name> names_;
  std::string text_;
  std::vector<matrix::EntityAddition> additions_;
  std::vector<matrix::CellChange> changes_;
  RowId position_;
};

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
  void publish() {
    for (const auto& [id, org] : orgs_) org->publish();
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
  std::optional<store::OutcomeChange> stray;
  TRY(ledger.fold([&](const store::OutcomeChange& row) {
    if (!fold.org(row.org).add(row) && !stray) stray = row;
  }));
  if (stray) {
    return make_error(Code::internal,
                      fmt::format("the ledger's row {} names rule {}, which the catalog lacks",
                                  stray->id.number, stray->rule.number));
  }
  fold.publish();
  return ledger.load_reported([&](const store::ReportedBlock& block) {
    matrix.org(block.org).restore_reported(
        {.rule = block.rule, .block = block.block, .last_reported = block.last_reported});
  });
}

}  // namespace scorekeeper::intake

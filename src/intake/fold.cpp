// The fold: the matrix rebuilt from catalog and ledger (design §1): entities, their definitions,
// rules with their scopes, then the ledger's rows. Rows of a rule or entity that
// was deleted afterwards do not count (decisions 7).
//
// Reading the ledger and putting cells take about as long as each other, so that a thread of their
// own puts the cells while the caller reads on. It is the matrix's only writer for that time.
#include <fmt/format.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "intake/intake.h"

namespace scorekeeper::intake {
namespace {

constexpr std::size_t publish_size = 4'096;  // cells and names in one go
constexpr std::size_t waiting_max = 16;      // of such batches; then the reader waits

// Puts cells into matrices on a thread of its own, in the order in which they were handed over.
class CellWriter {
 public:
  CellWriter() : thread_([this] { run(); }) {}
  CellWriter(const CellWriter&) = delete;
  CellWriter& operator=(const CellWriter&) = delete;
  ~CellWriter() { finish(); }

  // Waits while too many batches do.
  void put(matrix::OrgMatrix& matrix, std::vector<matrix::CellChange> cells, RowId position) {
    {
      Lock lock(mutex_);
      while (waiting_.size() >= waiting_max) changed_.wait(mutex_);
      waiting_.push_back({&matrix, std::move(cells), position});
    }
    changed_.notify_all();
  }
  // Until all is put; once it was called nothing may be handed over any more.
  void finish() {
    {
      Lock lock(mutex_);
      finished_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

 private:
  struct Batch {
    matrix::OrgMatrix* matrix;
    std::vector<matrix::CellChange> cells;
    RowId position;
  };

  void run() {
    while (const auto batch = take()) {
      batch->matrix->publish({}, batch->cells, {}, batch->position);
    }
  }
  std::optional<Batch> take() {
    std::optional<Batch> batch;
    {
      Lock lock(mutex_);
      while (waiting_.empty() && !finished_) changed_.wait(mutex_);
      if (waiting_.empty()) return std::nullopt;
      batch = std::move(waiting_.front());
      waiting_.pop_front();
    }
    changed_.notify_all();
    return batch;
  }

  Mutex mutex_;
  CondVar changed_;
  std::deque<Batch> waiting_ GUARDED_BY(mutex_);
  bool finished_ GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: started when all else is there
};

// What the fold of one org keeps until it is published.
class OrgFold {
 public:
  explicit OrgFold(matrix::OrgMatrix& matrix) : matrix_(matrix) {}

  void add(const store::OrgCatalog& catalog) {
    for (const Rule& rule : catalog.rules) {
      if (rule.number.number >= rules_.size()) rules_.resize(rule.number.number + std::size_t{1});
      rules_[rule.number.number] = {true, rule.removed_at_position.value_or(RowId{})};
    }
  }
  // Rules come after the entities, as each new scope is asked of all of them.
  void publish(const store::OrgCatalog& catalog) {
    matrix_.publish(catalog.scorecards, catalog.rules);
    matrix_.publish_kinds(catalog.kinds, {});
    matrix_.publish_campaigns(catalog.campaigns);
  }
  void add(const store::FoldedEntity& entity) {
    if (entity.removed_at_position) removed_entities_[entity.number] = *entity.removed_at_position;
    names_.push_back({entity.number, text_.size(), entity.reference.size()});
    text_ += entity.reference;
    if (!entity.live) {
      updates_.push_back({.number = entity.number, .attributes = std::nullopt, .removed = true});
    }
    if (names_.size() == publish_size) publish_entities();
  }
  void add(EntityNumber number, const EntityAttributes& attributes) {
    updates_.push_back({.number = number, .attributes = attributes, .removed = false});
    if (updates_.size() == publish_size) publish_entities();
  }
  // false = the catalog does not know the rule.
  bool add(const store::OutcomeChange& row, CellWriter& writer) {
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
    if (changes_.size() == publish_size) publish_cells(writer);
    return true;
  }
  void publish_cells(CellWriter& writer) {
    if (changes_.empty()) return;
    std::vector<matrix::CellChange> cells;
    cells.reserve(publish_size);
    std::swap(cells, changes_);
    writer.put(matrix_, std::move(cells), position_);
  }
  void publish_entities() {
    additions_.clear();
    for (const Name& name : names_) {
      additions_.push_back({name.number, std::string_view(text_).substr(name.offset, name.length)});
    }
    if (!additions_.empty() || !updates_.empty()) matrix_.publish_entities(additions_, updates_);
    names_.clear();
    text_.clear();
    updates_.clear();
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
  std::vector<matrix::EntityUpdate> updates_;
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
    if (!fold.org(row.org).add(row, writer) && !stray) stray = row;
  }));
  if (stray) {
    return make_error(Code::internal,
                      fmt::format("the ledger's row {} names rule {}, which the catalog lacks",
                                  stray->id.number, stray->rule.number));
  }
  fold.publish_cells(writer);
  writer.finish();
  return ledger.load_reported([&](const store::ReportedBlock& block) {
    matrix.org(block.org).restore_reported(
        {.rule = block.rule, .block = block.block, .last_reported = block.last_reported});
  });
}

}  // namespace scorekeeper::intake

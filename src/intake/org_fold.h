// The parts of the fold: one org's catalog and rows on their way into its matrix. Used at start,
// and by the follower for what other servers have written.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "matrix/matrix.h"
#include "store/catalog.h"
#include "store/ledger.h"

namespace scorekeeper::intake {

inline constexpr std::size_t fold_batch = 4'096;  // cells and names in one go

// How what is read comes into the matrix.
//   in_pieces  as it is read, in bounded memory: readers would see parts of groups, so that nobody
//              may be served meanwhile
//   whole      all at once by publish_all(), and nothing before: readers see whole groups, since a
//              tail ends where a group does
enum class FoldMode { in_pieces, whole };

// Puts cells into matrices on a thread of its own, in the order in which they were handed over. It
// is the matrix's only writer of cells for that time.
class CellWriter {
 public:
  CellWriter() : thread_([this] { run(); }) {}
  CellWriter(const CellWriter&) = delete;
  CellWriter& operator=(const CellWriter&) = delete;
  ~CellWriter() { finish(); }

  // Waits while too many batches do.
  void put(matrix::OrgMatrix& matrix, std::vector<matrix::CellChange> cells, RowId position);
  // Until all is put; once it was called nothing may be handed over any more.
  void finish();

 private:
  struct Batch {
    matrix::OrgMatrix* matrix;
    std::vector<matrix::CellChange> cells;
    RowId position;
  };
  void run();
  std::optional<Batch> take();

  Mutex mutex_;
  CondVar changed_;
  std::deque<Batch> waiting_ GUARDED_BY(mutex_);
  bool finished_ GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: started when all else is there
};

// What the fold of one org keeps until it is published. The matrix's writer only.
class OrgFold {
 public:
  // `since`: the matrix has all up to there; nullopt = it is empty.
  explicit OrgFold(matrix::OrgMatrix& matrix, FoldMode mode = FoldMode::in_pieces,
                   std::optional<RowId> since = std::nullopt)
      : matrix_(matrix), mode_(mode), since_(since) {}

  void add(const store::OrgCatalog& catalog);
  void add(const store::FoldedEntity& entity);
  void add(EntityNumber number, const EntityAttributes& attributes);
  // false = the catalog does not know the rule. The writer is for cells in pieces.
  bool add(const store::OutcomeChange& row, CellWriter* writer);

  // Rules come after the entities, as each new scope is asked of all of them.
  void publish(const store::OrgCatalog& catalog);
  void publish_entities();
  void publish_cells(CellWriter& writer);
  // The catalog, entities and cells, as of that position.
  void publish_all(const store::OrgCatalog& catalog, RowId position);
  // Something that was there is not any more: a rule or an entity.
  bool removed_any() const { return removed_any_; }

 private:
  struct Name {
    EntityNumber number;
    std::size_t offset = 0;
    std::size_t length = 0;
  };
  struct KnownRule {
    bool known = false;
    RowId removed;
  };
  void put_names();
  bool is_in_matrix(EntityNumber number) const;
  bool knows(RuleNumber rule) const;

  matrix::OrgMatrix& matrix_;
  FoldMode mode_;
  std::optional<RowId> since_;
  std::vector<KnownRule> rules_;  // by number
  std::unordered_map<EntityNumber, RowId> removed_entities_;
  std::vector<Name> names_;
  std::string text_;
  std::vector<matrix::EntityAddition> additions_;
  std::vector<EntityNumber> removals_;         // before the additions
  std::vector<matrix::EntityUpdate> updates_;  // after them
  std::vector<matrix::CellChange> changes_;
  RowId position_;
  bool removed_any_ = false;
};

}  // namespace scorekeeper::intake

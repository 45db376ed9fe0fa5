// The fold: the records of one org's log on their way into its matrix. One for each org, for all
// that comes from a log: at start, what other processes have written, the tail behind a snapshot,
// and the server's own changes of the catalog once they are stored. It knows where the log stands
// that the matrix shows. Committer thread (at start: main), but for the thread of PieceWriter.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "base/siphash.h"
#include "domain/catalog_change.h"
#include "matrix/matrix.h"
#include "store/log_record.h"
#include "store/outcome_body.h"

namespace scorekeeper::intake {

inline constexpr std::size_t fold_batch = 4'096;  // changes in one go

// The changes of one publish, with the texts that it names.
struct Piece {
  struct Name {
    EntityNumber number;
    std::size_t offset = 0;
    std::size_t length = 0;
    RowId version;
  };
  std::vector<Scorecard> scorecards;
  std::vector<Rule> rules;
  std::vector<std::string> removed_kinds;
  std::vector<Kind> kinds;
  std::vector<Campaign> campaigns;
  std::vector<EntityNumber> removals;
  std::vector<Name> names;  // of entities that come; in text
  std::string text;
  std::vector<matrix::EntityUpdate> updates;
  std::vector<matrix::CellChange> changes;
  RowId position;

  void add_entity(EntityNumber number, std::string_view reference, RowId version);
  std::size_t size() const {
    return scorecards.size() + rules.size() + removed_kinds.size() + kinds.size() +
           campaigns.size() + removals.size() + names.size() + updates.size() + changes.size();
  }
  bool removes() const { return !removals.empty() || !removed_kinds.empty(); }
  void publish(matrix::OrgMatrix& matrix) const;
  void clear();
};

// Publishes pieces on a thread of its own, in the order in which they were handed over: reading a
// log and putting its cells take about as long as each other. Nobody else publishes meanwhile.
class PieceWriter {
 public:
  PieceWriter() : thread_([this] { run(); }) {}
  PieceWriter(const PieceWriter&) = delete;
  PieceWriter& operator=(const PieceWriter&) = delete;
  ~PieceWriter() { finish(); }

  // Waits while too many pieces do.
  void put(matrix::OrgMatrix& matrix, Piece piece) EXCLUDES(mutex_);
  // Until all is published; once it was called nothing may be handed over any more.
  void finish() EXCLUDES(mutex_);

 private:
  struct Work {
    matrix::OrgMatrix* matrix = nullptr;
    Piece piece;
  };
  void run();
  std::optional<Work> take() EXCLUDES(mutex_);

  Mutex mutex_;
  CondVar changed_;
  std::deque<Work> waiting_ GUARDED_BY(mutex_);
  bool finished_ GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: started when all else is there
};

class OrgFold {
 public:
  OrgFold(matrix::OrgMatrix& matrix, const SipKey& change_key);

  matrix::OrgMatrix& matrix() const { return matrix_; }
  // The end of the log that the matrix shows.
  const store::Head& head() const { return head_; }
  // The end of the records that were added; after head() while they are not published.
  RowId added() const { return added_.last; }
  bool is_at_group_end() const { return !in_group_; }

  // Everything is forgotten: the log comes again from its start, into an empty matrix.
  void reset();
  // The matrix has all up to there, and perhaps some of what comes next: a snapshot's.
  void start_at(const store::Head& head);
  // Up to there changes and records may be missing.
  void set_floor(RowId floor) { floor_ = floor; }

  // The next record. Readers see nothing of it before its group is whole. false = it does not go
  // on from what was added: the history is another one. internal: its body is damaged.
  Result<bool> add(const store::LogRecord& record);
  // The same of a record of the catalog that the server has just made of these changes, on the head
  // that the matrix shows: they are not read again, and the chain is not computed again.
  void add_own(const store::LogRecord& record, std::span<const ResourceChange> changes);
  // A rule in the group that was added last has a scope that is not evaluated for all entities yet:
  // nothing can be added or published before show_group() has shown the group.
  bool waits() const { return waits_; }
  // Asks it of some. true = the group is shown.
  bool show_group();
  // All whole groups that were added, for readers; some were published before.
  void publish();
  // Forgets everything that is not published: a tail that could not be read to its end is read
  // again.
  void drop_added();

  // The same while nobody looks at the matrix: parts of groups go to the writer when there is
  // enough, in bounded memory. Scorecards, rules and campaigns wait until the end, so that each
  // scope looks at all entities once.
  Result<bool> add(const store::LogRecord& record, PieceWriter& writer);
  // Gives the rest to the writer. Once the writer is finished, the matrix shows all that was added.
  void hand_over(PieceWriter& writer);

  // The server's own outcomes were stored and published, up to that record.
  void advance(const store::LogRecord& last);

  // Moves when something that was there is not any more: a rule or an entity.
  std::uint64_t removals() const { return removals_; }

 private:
  // Rules and campaigns as the log has them so far, by number.
  struct Late {
    std::map<ScorecardNumber, Scorecard> scorecards;
    std::map<RuleNumber, Rule> rules;
    std::map<CampaignNumber, Campaign> campaigns;
  };

  bool follows(const store::LogRecord& record) const;
  // Into the piece.
  Result<void> read(const store::LogRecord& record, PieceWriter* writer);
  Result<void> read_outcomes(const store::LogRecord& record);
  Result<void> read_catalog(const store::LogRecord& record, PieceWriter* writer);
  void put_change(const ResourceChange& change, RowId row);
  void move_on(const store::LogRecord& record);
  void end_record(const store::LogRecord& record);
  Error damaged(const store::LogRecord& record, const std::string& what) const;
  void publish_piece();
  bool prepares_scopes();
  void put_off();
  void hand_over_piece(PieceWriter& writer);

  matrix::OrgMatrix& matrix_;
  SipKey change_key_;
  store::Head head_;
  store::Head added_;
  RowId floor_;
  bool in_group_ = false;     // the last record that was added does not end one
  bool has_catalog_ = false;  // the piece has more than outcomes
  bool waits_ = false;
  // The next numbers of the log so far: a record with a number that was never given is damaged.
  RuleNumber next_rule_{1};
  EntityNumber next_entity_{1};
  Piece piece_;
  Late late_;
  store::OutcomeBody body_;  // scratch
  std::uint64_t removals_ = 0;
};

}  // namespace scorekeeper::intake

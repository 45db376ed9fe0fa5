// The in-memory state of the server: for each org its scorecards, rules, entities, cells, campaigns
// and kinds, and the scores read from them. docs/formats/matrix.md says what takes how much.
// Derived: a fold of the logs, made at every start (docs/formats/log.md). One writer, the
// committer (at start: main); many readers. Each org has its own lock that prefers the writer; a
// group is published under it at once, so that readers see all of the group or nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/limits.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/work_budget.h"
#include "domain/campaign.h"
#include "domain/entity_definition.h"
#include "domain/outcome.h"
#include "domain/rule.h"
#include "domain/scorecard.h"
#include "matrix/cells.h"
#include "matrix/filter.h"
#include "matrix/scope_size.h"
#include "matrix/scores.h"
#include "matrix/snapshot.h"

namespace scorekeeper::matrix {

// An entity that is new, or a removed one that is seen again.
struct EntityAddition {
  EntityNumber number;
  std::string_view reference;  // canonical; copied
  RowId version{};             // 0 = it stays what it is
};

// A change of an entity that is known or added in the same call.
struct EntityUpdate {
  EntityNumber number;
  std::optional<EntityAttributes> attributes;  // nullopt = it has no definition any more
  bool removed = false;                        // it is gone, its cells too
  RowId version{};                             // 0 = it stays what it is
};

// A set of changes that readers see at once, applied in the order of the members. Things that it
// does not name stay as they are.
struct Publication {
  std::span<const Scorecard> scorecards{};  // new or changed, by number
  // New or changed, by number; one with removed_at_position is deleted, and its cells are hidden
  // from all but the writer. A scope has the entities as they are afterwards.
  std::span<const Rule> rules{};
  std::span<const std::string> removed_kinds{};  // by name; unknown ones are ignored
  std::span<const Kind> kinds{};                 // put by name
  std::span<const Campaign> campaigns{};         // put by number
  // Gone with their cells; an addition may bring one back.
  std::span<const EntityNumber> removals{};
  std::span<const EntityAddition> additions{};
  std::span<const EntityUpdate> updates{};
  std::span<const CellChange> changes{};  // of live entities, as touches
  std::span<const CellTouch> touches{};
  RowId position{};  // an earlier one than there is changes nothing
};

// The rule and the entity that a result resolves to. No rule = unknown or deleted; no entity = not
// seen before or removed.
using Resolved = CellKey;

class DraftShelf;
struct OutcomeReading;
class PreparedScopes;
struct ScoreBuffer;
class ScoreBuffers;
class WantedEntities;

// One org. Made by Matrix; the reference stays good as long as the Matrix lives.
class OrgMatrix {
 public:
  explicit OrgMatrix(OrgId org);
  ~OrgMatrix();
  OrgMatrix(const OrgMatrix&) = delete;
  OrgMatrix& operator=(const OrgMatrix&) = delete;

  OrgId org() const { return org_; }
  struct Tables;  // tables.h

  // --- readers: any thread, each call consistent in itself
  std::optional<RuleView> find_rule(std::string_view id) const EXCLUDES(mutex_);
  // Ascending (name, id). Texts are looked for in many looks, with work from the budget, whose the
  // Error is, without a parameter; so in the lists of scorecards and campaigns. The forms without a
  // budget have no bounds.
  Result<std::vector<RuleView>> list_rules(const RuleFilter& filter, Page page,
                                           WorkBudget& budget) const EXCLUDES(mutex_);
  std::vector<RuleView> list_rules(const RuleFilter& filter, Page page) const EXCLUDES(mutex_);
  std::optional<Scorecard> find_scorecard(std::string_view id) const EXCLUDES(mutex_);
  std::optional<Scorecard> find_scorecard_by_name(std::string_view name) const EXCLUDES(mutex_);
  Result<std::vector<Scorecard>> list_scorecards(const ScorecardFilter& filter, Page page,
                                                 WorkBudget& budget) const EXCLUDES(mutex_);
  std::vector<Scorecard> list_scorecards(const ScorecardFilter& filter, Page page) const
      EXCLUDES(mutex_);  // ascending (name, id)
  // The rules of these numbers that are not deleted, in that order.
  struct LiveRules {
    std::vector<std::string> ids;
    std::size_t enabled = 0;
  };
  LiveRules live_rules(std::span<const RuleNumber> numbers) const EXCLUDES(mutex_);
  // The numbers of these ids, in that order; RuleNumber{}: there is no such rule.
  std::vector<RuleNumber> rule_numbers(std::span<const std::string> ids) const EXCLUDES(mutex_);
  // Outcomes of entities outside a rule's scope are kept, but not listed. The entities that the
  // filters mean, and the place of the page, are found in many looks, with work from the budget:
  // each outcome is as it was in one of them. An Error is the budget's, without a parameter. The
  // forms without a budget have no bounds.
  Result<OutcomePage> list_outcomes(const OutcomeFilter& filter, Page page,
                                    WorkBudget& budget) const EXCLUDES(mutex_);
  OutcomePage list_outcomes(const OutcomeFilter& filter, Page page) const EXCLUDES(mutex_);
  // Finds the entities that the filters of the reading mean, before its first outcomes are read.
  Result<void> prepare(OutcomeReading& reading, WorkBudget& budget) const EXCLUDES(mutex_);
  // The next ones of a reading, which goes on behind them: an export meets each outcome that stays
  // once, whatever comes and goes meanwhile. Fewer than `size` = there are no more.
  Result<OutcomePage> list_outcomes(OutcomeReading& reading, std::uint64_t size,
                                    WorkBudget& budget) const EXCLUDES(mutex_);
  // Computed from the planes (matrix/scores.h), in one look where the writer leaves time for that:
  // what takes long is done in looks before it. Where changes come faster than they can be counted,
  // each cell is as it was at some time since ScorePage::position, and a group may be seen in part;
  // the rules and the entities that the filters mean are of one look. unavailable: these change
  // faster. Not for an event loop unless the cells are few.
  Result<ScorePage> list_scores(const ScoreQuery& query, WorkBudget& budget) const EXCLUDES(mutex_);
  ScorePage list_scores(const ScoreQuery& query) const EXCLUDES(mutex_);
  // The rows by entity, all of them, without their texts: 48 bytes each. The query's page and
  // aggregation do not count.
  Result<EntityScores> list_entity_scores(ScoreQuery query, WorkBudget& budget) const
      EXCLUDES(mutex_);
  // unavailable: the log was folded again since the fold of that serial.
  Result<EntityLabels> labels_of(std::span<const EntityNumber> entities, std::uint64_t serial) const
      EXCLUDES(mutex_);
  // Canonical references, also of removed entities; the numbers must have been given.
  std::vector<std::string> references_of(std::span<const EntityNumber> entities) const
      EXCLUDES(mutex_);
  // Handles of their teams, of those without one empty; the numbers must have been given.
  std::vector<std::string> owners_of(std::span<const EntityNumber> entities) const EXCLUDES(mutex_);
  std::optional<Campaign> find_campaign(std::string_view id_or_key) const EXCLUDES(mutex_);
  Result<CampaignPage> list_campaigns(const CampaignFilter& filter, Page page,
                                      WorkBudget& budget) const EXCLUDES(mutex_);
  CampaignPage list_campaigns(const CampaignFilter& filter, Page page) const EXCLUDES(mutex_);
  std::optional<Kind> find_kind(std::string_view name) const EXCLUDES(mutex_);
  // Ascending by name; `name` = that one alone.
  std::vector<Kind> list_kinds(const std::optional<std::string>& name, Page page) const
      EXCLUDES(mutex_);
  // Evaluates a query that is about to become a rule's scope for all entities, in many looks, so
  // that prepare_scopes() has little to do. Where there is nothing to prepare, it does nothing.
  bool wants_draft(const EntityQuery& query) const EXCLUDES(mutex_);
  Result<void> draft_scope(const EntityQuery& query, WorkBudget& budget) const EXCLUDES(mutex_);
  // The rule of that draft was refused.
  void drop_draft(const EntityQuery& query) const EXCLUDES(mutex_);
  // The size of all scopes together.
  ScopeSize scope_size() const EXCLUDES(mutex_);
  // The size of all scopes with that query as the scope of a rule; no rule = of a new one.
  ScopeSize scope_size_with(RuleNumber rule, const EntityQuery& query) const EXCLUDES(mutex_);
  // Distinct texts of tags and members of definitions, with those of these definitions.
  std::size_t count_tags_with(std::span<const EntityAttributes* const> definitions) const
      EXCLUDES(mutex_);
  // Distinct kinds of entities and distinct owners, with these.
  std::size_t count_entity_kinds_with(const std::set<std::string_view>& kinds) const
      EXCLUDES(mutex_);
  std::size_t count_owners_with(const std::set<std::string_view>& owners) const EXCLUDES(mutex_);
  // Fields that a query asks for and no entity has: a sentence for each, which names the attribute
  // that holds the query; some with the name that may be meant, which costs up to a millisecond
  // outside the lock.
  std::vector<std::string> list_unknown_fields(const EntityQuery& query,
                                               std::string_view attribute) const EXCLUDES(mutex_);
  // The same of the scopes of rules, which the sentences name; without suggestions.
  std::vector<std::string> list_unknown_fields(std::span<const RuleView> rules) const
      EXCLUDES(mutex_);
  // Live entities of that bare name, any kind and namespace, as the filter `service_name` takes it;
  // ascending. In many looks, with work from the budget, whose the Error is.
  Result<std::vector<EntityNumber>> find_by_name(std::string name, WorkBudget& budget) const
      EXCLUDES(mutex_);
  std::size_t count_campaigns() const EXCLUDES(mutex_);
  std::size_t count_kinds() const EXCLUDES(mutex_);
  std::size_t count_scorecards() const EXCLUDES(mutex_);  // deleted ones left out
  std::size_t count_rules(ScorecardNumber scorecard) const EXCLUDES(mutex_);  // the same
  // Canonical references of the live entities of that namespace and name, whatever the name's case,
  // those with a definition first: among the latest same_name_look_max of the name.
  std::vector<std::string> find_named(std::string_view name_space, std::string_view name) const
      EXCLUDES(mutex_);
  bool is_live(EntityNumber entity) const EXCLUDES(mutex_);
  bool is_defined(EntityNumber entity) const EXCLUDES(mutex_);
  bool has_outcomes(EntityNumber entity) const EXCLUDES(mutex_);
  // Position of the last change of that entity, also of a removed one; 0 = not known.
  RowId version_of(EntityNumber entity) const EXCLUDES(mutex_);
  // Each number is that of a live entity, which has that reference.
  bool are_live(std::span<const EntityAddition> entities) const EXCLUDES(mutex_);
  // The rule and entity numbers of every result of a batch, in one look under the lock.
  std::vector<Resolved> resolve(const OutcomeBatch& batch) const EXCLUDES(mutex_);
  RowId position() const EXCLUDES(mutex_);  // the last change of the log that is in
  std::uint64_t count_cells() const EXCLUDES(mutex_);
  std::size_t count_entities() const EXCLUDES(mutex_);       // live ones
  std::size_t count_entities_ever() const EXCLUDES(mutex_);  // removed ones too
  std::size_t count_rules() const EXCLUDES(mutex_);          // deleted ones left out
  std::size_t memory_bytes() const EXCLUDES(mutex_);
  // All of it as bytes, in short looks between which it goes on changing (matrix/snapshot.h).
  Result<SnapshotRange> write_snapshot(const SnapshotSink& sink) const EXCLUDES(mutex_);
  // Tells each thing that is not the same in the other one: "rule x", "the outcome of rule x for
  // y". Also deleted things and cells of deleted rules; but not the times of last reports, which
  // need not be in a log. Nobody changes either meanwhile.
  void compare(const OrgMatrix& other, const std::function<void(const std::string&)>& tell) const
      EXCLUDES(mutex_);

  // --- the writer: one thread
  // Also the number of a removed one, for when it is seen again.
  EntityNumber find_entity(std::string_view reference) const EXCLUDES(mutex_);
  bool is_live(RuleNumber rule) const EXCLUDES(mutex_);
  // In that order, of deleted rules too; the numbers must have been given.
  std::vector<std::string> rule_ids(std::span<const RuleNumber> numbers) const EXCLUDES(mutex_);
  // Forgets everything: it will be folded again.
  void reset() EXCLUDES(mutex_);
  // Has what those bytes say in place of what there is (matrix/snapshot.h); an Error, where they
  // are damaged, leaves that. The position is the range's first.
  Result<SnapshotRange> read_snapshot(std::span<const std::byte> bytes) EXCLUDES(mutex_);
  // The cell of a rule, also of a deleted one.
  std::optional<Cell> find_cell(RuleNumber rule, EntityNumber entity) const EXCLUDES(mutex_);
  // All cells of an entity, those of deleted rules too; ascending by rule.
  std::vector<RuleCell> cells_of(EntityNumber entity) const EXCLUDES(mutex_);
  // The cells of a list of (rule, entity) in one look, for a group; nullopt = no outcome, or the
  // rule is deleted. Prefetches.
  void find_cells(std::span<const Resolved> wanted, std::vector<std::optional<Cell>>& cells) const
      EXCLUDES(mutex_);
  EntityNumber next_entity() const EXCLUDES(mutex_);
  RuleNumber next_rule() const EXCLUDES(mutex_);
  ScorecardNumber next_scorecard() const EXCLUDES(mutex_);
  CampaignNumber next_campaign() const EXCLUDES(mutex_);
  // Before rules are published while others wait for the writer: evaluates their new scopes for all
  // entities, so much in each call that it takes some `steps`. true = nothing is left: the rules
  // may be published. The matches are kept up to date while other things are published, until a
  // call has other rules.
  bool prepare_scopes(std::span<const Rule> rules, std::uint64_t steps = scope_piece_steps)
      EXCLUDES(mutex_);
  // Steps that the writer took for new scopes, here and in publish().
  std::uint64_t scope_steps() const;
  // All of it under one write lock. Scopes are decided before it, and what is not needed any more
  // is freed after it. A new scope that is not prepared is evaluated for all entities that are
  // there: at start rules are best published after entities and definitions, and before cells.
  void publish(const Publication& publication) EXCLUDES(mutex_);
  // Blocks of 1024 entities whose last report changed since the last call, at most `max`: for
  // store::Log::save_reported. Marks them clean.
  std::vector<ReportedBlock> take_reported(std::size_t max) EXCLUDES(mutex_);
  std::size_t count_unsaved() const EXCLUDES(mutex_);  // such blocks
  // From store::Log::load_new_reports: raises last_reported of cells that exist. In pieces, so that
  // readers do not wait for all of it.
  void restore_reported(std::span<const ReportedBlock> reported) EXCLUDES(mutex_);

 private:
  struct Decisions;  // publish.cpp
  void decide(const Publication& publication, Decisions& decisions) EXCLUDES(mutex_);
  void replace(std::unique_ptr<Tables> tables) EXCLUDES(mutex_);
  template <class Search, class Look>
  Result<void> search(Search& search, WorkBudget& budget, const Look& look) const EXCLUDES(mutex_);
  // Finds out who is wanted, all but what changes meanwhile: EntityMatches or WantedEntities. This
  // and the next are in tables.h.
  template <class Whom>
  Result<void> sweep(Whom& whom, WorkBudget& budget) const EXCLUDES(mutex_);
  // Calls act(tables) under the reader's lock in a look in which `wanted`, after its sweep, holds
  // exactly the entities that its filters mean. Where too much changed for one look it sweeps
  // again, a number of times; unavailable then.
  template <class Act>
  Result<void> ask(WantedEntities& wanted, WorkBudget& budget, const Act& act) const
      EXCLUDES(mutex_);
  Result<OutcomePage> read(OutcomeReading& reading, ScanWindow window, WorkBudget& budget) const
      EXCLUDES(mutex_);

  // Calls act(look, position) with a ScoreLook in which the buffer has the counts of all its pages.
  // scores.cpp
  template <class Act>
  Result<void> count(const ScoreQuery& query, ScoreBuffer& buffer, WorkBudget& budget,
                     const Act& act) const EXCLUDES(mutex_);

  OrgId org_;
  mutable SharedMutex mutex_;
  std::unique_ptr<Tables> tables_ GUARDED_BY(mutex_);
  std::unique_ptr<ScoreBuffers> score_buffers_;  // has a lock of its own
  std::unique_ptr<DraftShelf> drafts_;           // the same
  std::unique_ptr<PreparedScopes> prepared_;     // the writer's
};

class Matrix {
 public:
  explicit Matrix(const Limits& limits);
  ~Matrix();

  // Any thread. The org's matrix, made on first use: an org that the command line has just created
  // has an empty one.
  OrgMatrix& org(OrgId id);
  std::vector<OrgMatrix*> orgs();
  const Limits& limits() const { return limits_; }

 private:
  // The id beside the pointer: a search among many orgs touches none of their matrices.
  struct Entry {
    OrgId id;
    std::unique_ptr<OrgMatrix> matrix;
  };

  Limits limits_;
  Mutex mutex_;
  std::vector<Entry> orgs_ GUARDED_BY(mutex_);  // ascending id
};

}  // namespace scorekeeper::matrix

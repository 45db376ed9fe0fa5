// Intake: the only way in for writes (design §5, decisions 3). submit() puts work into a bounded
// queue; the committer, one thread, takes everything queued, compares it with the matrix, appends
// what changed to the ledger in one transaction, publishes it to the matrix, and only then calls
// each submitter back. What is answered with success is durable and visible.
#pragma once

#include <atomic>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/limits.h"
#include "base/metrics.h"
#include "base/result.h"
#include "domain/campaign.h"
#include "domain/entity_definition.h"
#include "domain/org.h"
#include "domain/outcome.h"
#include "domain/rule.h"
#include "domain/scorecard.h"
#include "matrix/matrix.h"
#include "store/catalog.h"
#include "store/ledger.h"
#include "store/shared.h"

namespace scorekeeper::intake {

// What became of a batch.
struct Receipt {
  store::AcceptedRequest request;
  std::uint32_t total_updated = 0;  // distinct (rule, entity) pairs in it (decisions 34)
  std::vector<RowId> rows;  // per result, the ledger row that now holds it; only when asked for
};

// A rule as it is after a change, and what the client should be told about the change.
struct ChangedRule {
  Rule rule;
  Scorecard scorecard;
  std::vector<std::string> warnings;
};

// A failed batch may carry the number that its request was given, so that a client can ask later
// what became of it (decisions 12); 0 = none was given.
struct Failure {
  Error error;
  RequestNumber request;
};

// Called on the committer thread, exactly once: must not block and must not throw.
using OnBatch = std::function<void(std::expected<Receipt, Failure>)>;
using OnRule = std::function<void(Result<ChangedRule>)>;
using OnEntities = std::function<void(Result<std::vector<DefinedEntity>>)>;
using OnScorecard = std::function<void(Result<Scorecard>)>;
using OnKind = std::function<void(Result<Kind>)>;
using OnCampaign = std::function<void(Result<Campaign>)>;
using OnDone = std::function<void(Result<void>)>;

// An entity of the catalog, by its number or else by its canonical reference.
struct EntityTarget {
  EntityNumber number;
  std::string reference;
  std::string given;  // what the client wrote, for the error
  // What is deleted is the definition: an entity with outcomes stays.
  bool definition_alone = false;
};

struct SubmitOptions {
  bool want_rows = false;
};

// The store, and where several servers share it, that face of it.
struct Stores {
  store::Ledger& ledger;
  store::Catalog& catalog;
  store::Shared* shared = nullptr;  // null: this server writes alone
  // Of a shared one: told when the matrix is built anew, or a long tail read, while the server
  // runs, and when that is done; returns when nobody looks at the matrix any more. Committer
  // thread.
  std::function<void(bool folding)> on_folding = [](bool) {};
  std::uint64_t tail_positions_max = scorekeeper::tail_positions_max;  // less in tests
};

// Called once, on any thread: true = the position is shown; false = not in time.
using OnShown = std::function<void(bool shown)>;
// Becomes true when nobody waits for an answer any more; null: never.
using Gone = std::shared_ptr<const std::atomic<bool>>;

class Intake {
 public:
  // Starts the committer thread. The matrix must be up to date with the ledger's head (fold()); but
  // of a store that servers share it is folded here.
  static Result<std::unique_ptr<Intake>> open(matrix::Matrix& matrix, Stores stores, Clock& clock,
                                              Metrics& metrics);
  virtual ~Intake() = default;  // closes

  // Any thread; never waits. Immediate Errors: unknown rules (conflict, one error for each distinct
  // id), a full queue (rate_limited, subject "intake_queue"), too many entities. On an Error
  // `on_batch` is never called.
  virtual Result<void> submit(const Caller& caller, OutcomeBatch batch, SubmitOptions options,
                              OnBatch on_batch) = 0;
  virtual Result<void> create_rule(const Caller& caller, RuleFields fields, OnRule on_rule) = 0;
  virtual Result<void> update_rule(const Caller& caller, std::string rule_id, RuleFields fields,
                                   OnRule on_rule) = 0;
  virtual Result<void> remove_rule(const Caller& caller, std::string rule_id, OnDone on_done) = 0;
  virtual Result<void> update_scorecard(const Caller& caller, std::string id,
                                        ScorecardFields fields, OnScorecard on_scorecard) = 0;
  virtual Result<void> remove_scorecard(const Caller& caller, std::string id, OnDone on_done) = 0;
  // The catalog's own objects (contract §6): decided by entity_changes.h.
  virtual Result<void> upsert_entities(const Caller& caller,
                                       std::vector<EntityDefinition> definitions,
                                       OnEntities on_entities) = 0;
  virtual Result<void> remove_entity(const Caller& caller, EntityTarget target, OnDone on_done) = 0;
  virtual Result<void> upsert_kind(const Caller& caller, Kind kind, OnKind on_kind) = 0;
  virtual Result<void> remove_kind(const Caller& caller, std::string name, OnDone on_done) = 0;
  // Decided by campaign_changes.h; a campaign is named by its id or key.
  virtual Result<void> create_campaign(const Caller& caller, CampaignFields fields,
                                       OnCampaign on_campaign) = 0;
  virtual Result<void> update_campaign(const Caller& caller, std::string id_or_key,
                                       CampaignFields fields, OnCampaign on_campaign) = 0;
  virtual Result<void> remove_campaign(const Caller& caller, std::string id_or_key,
                                       OnDone on_done) = 0;

  // Whether the store that servers share was there at the last look; an embedded one: always. Any
  // thread.
  virtual bool is_following() const = 0;
  // Now and then, from one thread: tells those that waited too long, also while the committer waits
  // for the store, and how old the last look at it is.
  virtual void tick() = 0;
  // Calls back when the org's answers show at least that position of its history, or after
  // position_wait. Never waits. Who is `gone` need not be called. `scorekeeper-min-position`.
  virtual void when_shown(OrgId org, RowId position, Gone gone, OnShown on_shown) = 0;

  // Finishes what is queued, saves reports, stops the committer; later submits get `unavailable`.
  // Main thread.
  virtual void close() = 0;
};

// Rebuilds the matrix from catalog and ledger, at start.
Result<void> fold(store::Catalog& catalog, store::Ledger& ledger, matrix::Matrix& matrix);

}  // namespace scorekeeper::intake

#include "intake/intake.h"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <thread>
#include <utility>

#include "base/log.h"
#include "intake/campaign_changes.h"
#include "intake/committer.h"
#include "intake/entity_changes.h"
#include "intake/group.h"
#include "intake/queue.h"
#include "intake/rule_changes.h"
#include "intake/scorecard_changes.h"
#include "intake/weights.h"

namespace scorekeeper::intake {
namespace {

class QueuedIntake final : public Intake {
 public:
  QueuedIntake(matrix::Matrix& matrix, Stores stores, Clock& clock, Metrics& metrics)
      : matrix_(matrix),
        queue_(matrix.limits(), metrics),
        committer_(matrix, std::move(stores), clock, metrics) {}
  ~QueuedIntake() override { stop(); }
  QueuedIntake(const QueuedIntake&) = delete;
  QueuedIntake& operator=(const QueuedIntake&) = delete;

  Result<void> start(store::Catalog& catalog);
  void close() override { stop(); }
  void tick() override { committer_.tick(); }
  bool is_following() const override { return committer_.is_following(); }
  void when_shown(OrgId org, RowId position, Gone gone, OnShown on_shown) override {
    committer_.when_shown(org, position, std::move(gone), std::move(on_shown));
  }

  Result<void> submit(const Caller& caller, OutcomeBatch batch, SubmitOptions options,
                      OnBatch on_batch) override;
  Result<void> create_rule(const Caller& caller, RuleFields fields, OnRule on_rule) override {
    const std::size_t bytes = weight_of(fields);
    return change<ChangedRule>(
        caller, bytes,
        [unknown = list_unknown_fields(matrix_.org(caller.org), fields),
         fields = std::move(fields)](const Decision& decision) {
          return decide_create(decision, fields, unknown);
        },
        std::move(on_rule));
  }
  Result<void> update_rule(const Caller& caller, std::string rule_id, RuleFields fields,
                           OnRule on_rule) override {
    const std::size_t bytes = weight_of(rule_id) + weight_of(fields);
    return change<ChangedRule>(
        caller, bytes,
        [id = std::move(rule_id), unknown = list_unknown_fields(matrix_.org(caller.org), fields),
         fields = std::move(fields)](const Decision& decision) {
          return decide_update(decision, id, fields, unknown);
        },
        std::move(on_rule));
  }
  Result<void> remove_rule(const Caller& caller, std::string rule_id, OnDone on_done) override {
    const std::size_t bytes = weight_of(rule_id);
    return remove<ChangedRule>(
        caller, bytes,
        [id = std::move(rule_id)](const Decision& decision) { return decide_remove(decision, id); },
        std::move(on_done));
  }
  Result<void> update_scorecard(const Caller& caller, std::string id, ScorecardFields fields,
                                OnScorecard on_scorecard) override {
    const std::size_t bytes = weight_of(id) + weight_of(fields);
    return change<Scorecard>(
        caller, bytes,
        [id = std::move(id), fields = std::move(fields)](const Decision& decision) {
          return decide_update_scorecard(decision, id, fields);
        },
        std::move(on_scorecard));
  }
  Result<void> remove_scorecard(const Caller& caller, std::string id, OnDone on_done) override {
    const std::size_t bytes = weight_of(id);
    return remove<Scorecard>(
        caller, bytes,
        [id = std::move(id)](const Decision& decision) {
          return decide_remove_scorecard(decision, id);
        },
        std::move(on_done));
  }
  Result<void> upsert_entities(const Caller& caller, std::vector<EntityDefinition> definitions,
                               OnEntities on_entities) override {
    const std::size_t bytes = weight_of(definitions);
    return change<std::vector<DefinedEntity>>(
        caller, bytes,
        [definitions = std::move(definitions)](const Decision& decision) {
          return decide_upsert(decision, definitions);
        },
        std::move(on_entities));
  }
  Result<void> remove_entity(const Caller& caller, EntityTarget target, OnDone on_done) override {
    const std::size_t bytes = weight_of(target);
    return remove<std::vector<DefinedEntity>>(
        caller, bytes,
        [target = std::move(target)](const Decision& decision) {
          return decide_remove(decision, target);
        },
        std::move(on_done));
  }
  Result<void> upsert_kind(const Caller& caller, Kind kind, OnKind on_kind) override {
    const std::size_t bytes = weight_of(kind);
    return change<Kind>(
        caller, bytes,
        [kind = std::move(kind)](const Decision& decision) {
          return decide_upsert(decision, kind);
        },
        std::move(on_kind));
  }
  Result<void> remove_kind(const Caller& caller, std::string name, OnDone on_done) override {
    const std::size_t bytes = weight_of(name);
    return remove<Kind>(
        caller, bytes,
        [name = std::move(name)](const Decision& decision) {
          return decide_remove_kind(decision, name);
        },
        std::move(on_done));
  }
  Result<void> create_campaign(const Caller& caller, CampaignFields fields,
                               OnCampaign on_campaign) override {
    const std::size_t bytes = weight_of(fields);
    return change<Campaign>(
        caller, bytes,
        [fields = std::move(fields)](const Decision& decision) {
          return decide_create_campaign(decision, fields);
        },
        std::move(on_campaign));
  }
  Result<void> update_campaign(const Caller& caller, std::string id_or_key, CampaignFields fields,
                               OnCampaign on_campaign) override {
    const std::size_t bytes = weight_of(id_or_key) + weight_of(fields);
    return change<Campaign>(
        caller, bytes,
        [id = std::move(id_or_key), fields = std::move(fields)](const Decision& decision) {
          return decide_update_campaign(decision, id, fields);
        },
        std::move(on_campaign));
  }
  Result<void> remove_campaign(const Caller& caller, std::string id_or_key,
                               OnDone on_done) override {
    const std::size_t bytes = weight_of(id_or_key);
    return remove<Campaign>(
        caller, bytes,
        [id = std::move(id_or_key)](const Decision& decision) {
          return decide_remove_campaign(decision, id);
        },
        std::move(on_done));
  }

 private:
  // `decide` returns Result<Decided<Value>>; its value is the answer once it is written. `bytes`:
  // of what it keeps.
  template <class Value, class Decide>
  Result<void> change(const Caller& caller, std::size_t bytes, Decide decide,
                      std::function<void(Result<Value>)> answer) {
    auto value = std::make_shared<Value>();
    return queue_.push(
        CatalogWork{.caller = caller,
                    .decide = [value, decide = std::move(decide)](
                                  const Decision& decision) -> Result<store::CatalogChange> {
                      Decided<Value> decided = TRY(decide(decision));
                      *value = std::move(decided.value);
                      return std::move(decided.change);
                    },
                    .done =
                        [value, answer = std::move(answer)](Result<void> written) {
                          if (!written) return answer(std::move(written).error());
                          answer(std::move(*value));
                        },
                    .bytes = bytes});
  }
  template <class Value, class Decide>
  Result<void> remove(const Caller& caller, std::size_t bytes, Decide decide, OnDone on_done) {
    return change<Value>(caller, bytes, std::move(decide),
                         [on_done = std::move(on_done)](auto removed) {
                           on_done(removed ? Result<void>() : std::move(removed).error());
                         });
  }
  void run();
  void stop();

  matrix::Matrix& matrix_;
  SipKey change_key_;
  Queue queue_;
  Committer committer_;
  std::thread thread_;
};

void QueuedIntake::stop() {
  queue_.close();
  if (thread_.joinable()) thread_.join();
}

Result<void> QueuedIntake::start(store::Catalog& catalog) {
  change_key_ = TRY(catalog.secrets()).change_key;
  TRY(committer_.open());
  thread_ = std::thread([this] { run(); });
  return {};
}

// What a library throws here leaves a group half done in memory: only a restart folds the truth
// again.
void QueuedIntake::run() {
  try {
    committer_.run(queue_);
  } catch (const std::exception& exception) {
    log::error("committer_failed", {{"error", exception.what()}});
    log::flush();
    std::abort();
  }
}

Result<void> QueuedIntake::submit(const Caller& caller, OutcomeBatch batch, SubmitOptions options,
                                  OnBatch on_batch) {
  if (queue_.looks_full()) return queue_.full();
  BatchWork work{
      .caller = caller,
      .batch = std::move(batch),
      .options = options,
      .on_batch = std::move(on_batch),
      .resolved = {},
      .hashes = {},
      // Before the look at the rules: one that is deleted in between is seen by the committer.
      .removals = committer_.removals(),
      .number = {}};
  work.resolved = matrix_.org(caller.org).resolve(work.batch);
  if (std::ranges::any_of(work.resolved, [](const auto& one) { return !one.rule; })) {
    if (!committer_.may_be_news(work.batch, work.resolved, caller.org)) {
      return unknown_rules(work.batch, work.resolved);
    }
    work.removals = resolve_again;  // in its turn
  }
  work.hashes.reserve(work.batch.results.size());
  for (const ReportedOutcome& result : work.batch.results) {
    work.hashes.push_back(siphash13(change_key_, work.batch.view(result.remarks)));
  }
  return queue_.push(std::move(work));
}

}  // namespace

Result<std::unique_ptr<Intake>> Intake::open(matrix::Matrix& matrix, Stores stores, Clock& clock,
                                             Metrics& metrics) {
  store::Catalog& catalog = stores.catalog;
  auto intake = std::make_unique<QueuedIntake>(matrix, std::move(stores), clock, metrics);
  TRY(intake->start(catalog));
  return std::unique_ptr<Intake>(std::move(intake));
}

}  // namespace scorekeeper::intake

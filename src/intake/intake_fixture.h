// A fixture for tests of intake: a server's middle on any store, and calls that wait for their
// answers.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fake_clock.h"
#include "base/metrics.h"
#include "intake/campaign_changes.h"
#include "intake/entity_changes.h"
#include "intake/entity_upsert.h"
#include "intake/intake.h"
#include "intake/rule_changes.h"
#include "intake/scorecard_changes.h"
#include "matrix/matrix.h"

namespace scorekeeper::intake {

// Not prepared: the committer reads what they replace.
inline Change<std::vector<DefinedEntity>> upsert_of(std::vector<EntityDefinition> definitions) {
  return change_of(std::make_shared<EntityUpsert>(
      EntityUpsert{.definitions = std::move(definitions), .committer_reads = true}));
}

struct TestResult {
  std::string rule_id;
  std::string entity;  // canonical
  State state = State::pass;
  std::string remarks;
};

inline RuleFields rule_fields(const std::string& name) {
  return {.name = name,
          .scorecard_id = {},
          .scorecard_name = "Ops",
          .description = {},
          .owner = {},
          .scope_query = {},
          .enabled = true,
          .level = level_max};
}

inline OutcomeBatch make_batch(const std::vector<TestResult>& results) {
  OutcomeBatch batch;
  const auto keep = [&](std::string_view text) {
    const TextRange range{.offset = static_cast<std::uint32_t>(batch.text.size()),
                          .length = static_cast<std::uint32_t>(text.size())};
    batch.text += text;
    return range;
  };
  for (const TestResult& result : results) {
    const TextRange rule = keep(result.rule_id);
    const TextRange entity = keep(result.entity);
    batch.results.push_back({.rule_id = rule,
                             .entity = entity,
                             .remarks = keep(result.remarks),
                             .state = result.state});
  }
  return batch;
}

// A value that is there within a minute, or the test fails.
template <class T>
T get(std::future<T>& future) {
  if (future.wait_for(std::chrono::seconds(60)) != std::future_status::ready) {
    ADD_FAILURE() << "no answer within a minute";
    std::abort();
  }
  return future.get();
}

using BatchResult = std::expected<Receipt, Failure>;

// The settings of a server that follows a store that it shares.
struct Following {
  std::uint64_t tail_positions_max = scorekeeper::tail_positions_max;
  std::function<void(bool)> on_folding = [](bool) {};
  SnapshotOptions snapshots{};
  store::Keep keep{};
  Time start = FakeClock().now();
};

// Matrix and intake over a store that outlives them; restart() is a new process without a crash.
class Server {
 public:
  Server(store::Log& log, store::Catalog& catalog, Limits limits = {}, Following following = {})
      : clock(following.start),
        log_(log),
        catalog_(catalog),
        limits_(limits),
        following_(std::move(following)) {
    start();
  }
  void start() {
    matrix = std::make_unique<matrix::Matrix>(limits_);
    auto opened = Intake::open(*matrix,
                               {.log = log_,
                                .catalog = catalog_,
                                .on_folding = following_.on_folding,
                                .tail_positions_max = following_.tail_positions_max,
                                .keep = following_.keep,
                                .snapshots = following_.snapshots},
                               clock, metrics);
    ASSERT_TRUE(opened) << opened.error().detail;
    intake = std::move(*opened);
  }
  void stop() { intake.reset(); }
  void restart() {
    stop();
    start();
  }

  // The future holds an immediate Error too.
  std::future<BatchResult> send(const std::vector<TestResult>& results, OrgId org = OrgId{1},
                                SubmitOptions options = {}) {
    clock.advance(std::chrono::microseconds(1));  // each has a time of its own
    auto promise = std::make_shared<std::promise<BatchResult>>();
    auto future = promise->get_future();
    const auto submitted =
        intake->submit({.org = org, .key = KeyId{7}, .scopes = {}}, make_batch(results), options,
                       [promise](BatchResult result) { promise->set_value(std::move(result)); });
    if (!submitted) promise->set_value(std::unexpected(Failure{submitted.error(), {}}));
    return future;
  }
  BatchResult submit(const std::vector<TestResult>& results, OrgId org = OrgId{1},
                     SubmitOptions options = {}) {
    auto future = send(results, org, options);
    return get(future);
  }
  // The answer to a change, or why it was not queued.
  template <class Value>
  std::future<Result<Value>> send(Change<Value> change, const Caller& caller = of(OrgId{1})) {
    clock.advance(std::chrono::microseconds(1));
    auto promise = std::make_shared<std::promise<Result<Value>>>();
    auto future = promise->get_future();
    const auto queued = intake->change(caller, std::move(change), [promise](Result<Value> value) {
      promise->set_value(std::move(value));
    });
    if (!queued) promise->set_value(queued.error());
    return future;
  }
  template <class Value>
  Result<Value> change(Change<Value> change, const Caller& caller = of(OrgId{1})) {
    auto future = send(std::move(change), caller);
    return get(future);
  }
  Result<ChangedRule> create_rule(const RuleFields& fields, OrgId org = OrgId{1}) {
    return change(creation_of(fields, org), of(org));
  }
  Result<ChangedRule> update_rule(const std::string& id, const RuleFields& fields,
                                  OrgId org = OrgId{1}) {
    return change(bound(decide_update_rule, id, fields, unknown_of(fields, org)), of(org));
  }
  std::future<Result<ChangedRule>> send_removal(const std::string& id, OrgId org = OrgId{1}) {
    return send(bound(decide_remove_rule, id), of(org));
  }
  Result<ChangedRule> remove_rule(const std::string& id, OrgId org = OrgId{1}) {
    auto future = send_removal(id, org);
    return get(future);
  }
  Result<std::vector<DefinedEntity>> define(const std::vector<EntityDefinition>& definitions,
                                            OrgId org = OrgId{1}) {
    return change(upsert_of(definitions), of(org));
  }
  Result<std::vector<DefinedEntity>> remove_entity(const std::string& reference,
                                                   OrgId org = OrgId{1}) {
    const EntityTarget target{.number = {}, .reference = reference, .given = reference};
    return change(bound(decide_remove_entity, target), of(org));
  }
  std::string make_rule(const std::string& name, OrgId org = OrgId{1}) {
    const auto view = create_rule(rule_fields(name), org);
    EXPECT_TRUE(view) << view.error().detail;
    return view->rule.id;
  }
  matrix::OutcomePage outcomes(OrgId org = OrgId{1}) {
    return matrix->org(org).list_outcomes({}, {.offset = 0, .size = 1'000'000});
  }

  Change<ChangedRule> creation_of(const RuleFields& fields, OrgId org = OrgId{1}) const {
    return bound(decide_create_rule, fields, unknown_of(fields, org));
  }
  static Caller of(OrgId org) { return {.org = org, .key = KeyId{7}, .scopes = {}}; }

  FakeClock clock;
  Metrics metrics;
  std::unique_ptr<matrix::Matrix> matrix;
  std::unique_ptr<Intake> intake;

 private:
  Warnings unknown_of(const RuleFields& fields, OrgId org) const {
    return list_unknown_fields(matrix->org(org), fields);
  }

  store::Log& log_;
  store::Catalog& catalog_;
  Limits limits_;
  Following following_;
};

}  // namespace scorekeeper::intake

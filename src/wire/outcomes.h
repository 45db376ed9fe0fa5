// Outcome documents: requests to domain, answers from it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/limits.h"
#include "base/result.h"
#include "domain/outcome.h"
#include "wire/query.h"
#include "wire/rules.h"

namespace scorekeeper::wire {

// POST /outcomes. `body` may grow by simdjson's padding, its text stays. Errors: the recorded bytes
// for one result, else each bad result with its pointer, at most errors_max of them.
Result<OutcomeBatch> parse_outcomes(std::string& body, const Limits& limits);
// POST /outcomes/batch: service_name in place of entity_reference; a name is taken as it is:
// service:default/<name>.
Result<OutcomeBatch> parse_outcomes_batch(std::string& body, const Limits& limits);

// {"data":{"id":…,"type":"async-request"},"meta":{"total_received":n}}
std::string write_accepted(std::string_view async_request_id, std::uint64_t total_received);

// The result of a request: GET /async-requests/{id}, an extension.
struct AsyncRequest {
  std::string id;
  Time accepted_at{};
  std::uint64_t total_received = 0;
  std::uint64_t total_changed = 0;
  std::uint64_t position = 0;  // in the log
};
// Attributes alphabetical: accepted_at, ledger_position, status ("completed"), total_changed,
// total_received.
std::string write_async_request(const AsyncRequest& request);

struct OutcomeItem {
  std::string rule_id;
  std::string entity_reference;  // canonical
  std::string remarks;
  State state = State::pass;
  Time created_at{};
  Time modified_at{};
  Time reported_at{};
};

// Attributes alphabetical: created_at, entity_reference (ours), modified_at, remarks?, reported_at
// (ours), service_name, state. With outcome_fields: those only, and no relationships.
// `included` is there when asked for, even when empty: rules with those of their attributes that
// rule_fields name, without it name and scorecard_name.
std::string write_outcome_list(std::span<const OutcomeItem> items,
                               std::span<const RuleView> included, const OutcomeListQuery& query,
                               const Links& links);
// data, meta{total_received,total_updated}; items without entity_reference and reported_at, in the
// recorded form: modified_at, remarks?, service_name, state, preceded by created_at.
std::string write_outcomes_batch(std::span<const OutcomeItem> items, std::uint64_t total_received,
                                 std::uint64_t total_updated);

}  // namespace scorekeeper::wire

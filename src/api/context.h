// The context of a handler: references to the parts of the running server, and the caller.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "api/looks.h"
#include "api/metrics_page.h"
#include "api/store_probe.h"
#include "auth/issuer.h"
#include "auth/keys.h"
#include "base/cancelled.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/metrics.h"
#include "base/result.h"
#include "base/work_budget.h"
#include "domain/org.h"
#include "domain/score.h"
#include "http/message.h"
#include "http/router.h"
#include "intake/intake.h"
#include "matrix/matrix.h"
#include "store/catalog.h"
#include "store/log.h"

namespace scorekeeper::api {

// Readiness as /readyz tells it. Set by app, read by any thread.
//   starting  not all parts are there, or the matrix is built anew: no request is served, also
//   while
//             a start that failed ends
//   ready     serves
//   draining  was ready: requests under way are served to their end
enum class Phase { starting, ready, draining };

// Owned by app::Service for the life of the server; outlives every request.
struct Services {
  matrix::Matrix& matrix;
  store::Log& log;
  store::Catalog& catalog;
  auth::KeyRing& keys;
  Clock& clock;
  Metrics& metrics;
  Limits limits;
  SipKey request_key;  // seals the ids of async requests and of entities
  std::atomic<Phase>& phase;
  Looks& looks;  // at the matrix
  NoDataCounting no_data =
      NoDataCounting::left_out;         // whether no data lowers scores: the operator says
  bool unauthenticated_is_401 = false;  // else 403, the only one that clients have a type for
  auth::Issuer* issuer = nullptr;       // of access tokens that are not ours; null: there is none
  std::shared_ptr<const std::string> openapi = nullptr;  // GET /openapi.json
  const StoreProbe* probe = nullptr;                     // of the store; null: it always answers
  MetricsPage* metrics_page = nullptr;                   // null: made for each request
  // Null until Phase::ready, which the gate waits for: the server listens while the logs are
  // folded.
  intake::Intake* intake = nullptr;
  // Runs a job of the organisation in the pool for bodies; false when it is full. Set once the
  // server is open.
  std::function<bool(OrgId, std::function<void()>)> post_to_worker;
  // The same in the pool for queries.
  std::function<bool(OrgId, std::function<void()>)> post_query;
};

struct Context {
  const Services& services;
  Caller caller;
  Cancelled cancelled = nullptr;

  matrix::OrgMatrix& org() const { return services.matrix.org(caller.org); }
  // The work that the request may do for a query of all entities, from now on.
  WorkBudget query_budget() const {
    return WorkBudget(
        {.steps = services.limits.query_work_max,
         .deadline = std::chrono::steady_clock::now() + services.limits.query_deadline,
         .cancelled = cancelled});
  }
};

// The error of such a budget, with the parameter (or JSON pointer) that asked for the work.
inline Error blame(Error error, std::string_view parameter) {
  if (error.code == Code::invalid) error.pointer = parameter;
  return error;
}

}  // namespace scorekeeper::api

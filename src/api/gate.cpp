#include "api/gate.h"

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "api/errors.h"
#include "base/log.h"
#include "wire/access_token.h"
#include "wire/errors.h"

namespace scorekeeper::api {
namespace {

// The recorded object without detail: {"errors":[{"status":"403","title":"Forbidden"}]}.
http::Response refusal(int status) {
  return respond(status, wire::write_errors(status, make_error(Code::forbidden, {})));
}

Counter& refused(Metrics& metrics, const char* reason) {
  return metrics.counter("scorekeeper_refused_requests_total", "Requests that the gate refused",
                         {{"reason", reason}});
}

// Counts a refusal and gives its answer.
http::Response refuse(Counter& counter, http::Response response) {
  counter.add();
  return response;
}

// "a, b": those of `scopes` that the caller lacks.
std::string missing_of(std::initializer_list<Scope> scopes, const Caller& caller) {
  std::string missing;
  for (const auto scope : scopes) {
    if (caller.scopes.has(scope)) continue;
    if (!missing.empty()) missing += ", ";
    missing += name_of(scope);
  }
  return missing;
}

}  // namespace

Gate::Gate(const Services& services)
    : services_(services),
      limiter_(services.limits),
      missing_(refused(services.metrics, "missing")),
      unknown_(refused(services.metrics, "unknown")),
      scope_(refused(services.metrics, "scope")),
      rate_(refused(services.metrics, "rate")),
      starting_(refused(services.metrics, "starting")),
      issuer_(refused(services.metrics, "issuer")) {}

bool Gate::LogBudget::take(Time now, std::string_view callers) {
  const auto second = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  if (second_.exchange(second) != second) lines_ = 0;
  const auto line = ++lines_;
  if (line == refusals_logged_per_second + 1) {
    log::info("refusals_not_logged", {{"callers", callers},
                                      {"detail",
                                       "more refusals within this second have no line; "
                                       "scorekeeper_refused_requests_total counts them"}});
  }
  return line <= refusals_logged_per_second;
}

// Credentials are never logged: keys and tokens appear by their number only, which the error has
// where it is known.
http::Response Gate::refuse_stranger(const Error& refused, const http::Request& request,
                                     http::Response answer) {
  const bool waits = refused.code == Code::unavailable;
  if (log_of_strangers_.take(services_.clock.now(), "unknown")) {
    log::info(
        "refused",
        {{"id", request.id}, {"reason", waits ? "issuer" : "unknown"}, {"detail", refused.detail}});
  }
  return refuse(waits ? issuer_ : unknown_, std::move(answer));
}

http::Response Gate::refuse_scope(const Caller& caller, std::string_view missing,
                                  const http::Request& request) {
  if (log_of_known_.take(services_.clock.now(), "known")) {
    log::info("refused", {{"id", request.id},
                          {"reason", "scope"},
                          {"scope", missing},
                          {"org", caller.org.number},
                          {"key", caller.key.number},
                          {"subject", caller.subject}});
  }
  return refuse(scope_, refuse_missing(missing));
}

std::optional<http::Response> Gate::admit(Access access, http::Request& request) {
  switch (access) {
    case Access::open:
      return std::nullopt;
    case Access::api_key:
      return admit_api_key(request);
    case Access::read:
      return admit_caller({Scope::apm_service_catalog_read}, request);
    case Access::report:
      return admit_caller({Scope::scorekeeper_outcomes_write}, request);
    case Access::read_or_own:
      return admit_caller({}, request);
    case Access::write:
      return admit_caller({Scope::apm_service_catalog_write}, request);
    case Access::read_campaigns:
      return admit_caller({Scope::apm_service_catalog_read, Scope::cases_read}, request);
    case Access::write_campaigns:
      return admit_caller({Scope::apm_service_catalog_write, Scope::cases_write}, request);
    case Access::admin:
      return admit_caller({Scope::scorekeeper_admin}, request);
  }
  return refusal(403);
}

// One credential decides, and there is no second try: the bearer, else a token in the place of the
// application key, else the pair of keys.
Result<Caller> Gate::authenticate(const Credentials& credentials) const {
  const auto token = credentials.bearer.empty() ? credentials.application_key : credentials.bearer;
  if (auth::looks_like_token(token)) {
    return services_.keys.authenticate_token(token, credentials.api_key, services_.clock.now());
  }
  if (!credentials.bearer.empty()) return authenticate_by_issuer(credentials.bearer);
  return services_.keys.authenticate(credentials.api_key, credentials.application_key);
}

// The reason of a refusal is for the operator alone: the client learns that the token is wrong, not
// why.
Result<Caller> Gate::authenticate_by_issuer(std::string_view bearer) const {
  if (services_.issuer == nullptr) return make_error(Code::unauthenticated, {});
  const auto authenticate = [&]() -> Result<Caller> {
    const auto token = TRY(wire::parse_access_token(bearer, services_.issuer->role_claim()));
    return services_.issuer->authenticate(token, services_.clock.now());
  };
  auto caller = authenticate();
  if (!caller) log::debug("access token refused", {{"why", caller.error().detail}});
  return caller;
}

// Recorded string forms, whatever the other routes say. If an API key is given, only it is checked,
// whatever is in the application key's header.
std::optional<http::Response> Gate::admit_api_key(http::Request& request) {
  const auto credentials = credentials_of(request);
  const bool key_alone = credentials.bearer.empty() && !credentials.api_key.empty();
  if (!key_alone && credentials.missing()) {
    return refuse(missing_, respond_error_string(403, "API key required"));
  }
  Caller caller;
  if (key_alone) {
    const auto org = services_.keys.authenticate_api_key(credentials.api_key);
    if (!org) return refuse_stranger(org.error(), request, respond_error_string(403, "Forbidden"));
    caller.org = *org;
  } else {
    const auto known = authenticate(credentials);
    if (!known) {
      const int status = status_of(known.error().code);
      return refuse_stranger(known.error(), request,
                             respond_error_string(status, wire::reason_of(status)));
    }
    caller = *known;
  }
  return count(caller, request);
}

std::optional<http::Response> Gate::admit_caller(std::initializer_list<Scope> scopes,
                                                 http::Request& request) {
  const auto credentials = credentials_of(request);
  if (credentials.missing()) {
    return refuse(missing_, refusal(services_.unauthenticated_is_401 ? 401 : 403));
  }
  const auto caller = authenticate(credentials);
  if (!caller) {
    const auto& error = caller.error();
    return refuse_stranger(error, request, refusal(status_of(error.code)));
  }
  if (auto refused = count(*caller, request)) return refused;
  const auto missing = missing_of(scopes, *caller);
  if (!missing.empty()) return refuse_scope(*caller, missing, request);
  if (services_.phase.load(std::memory_order_acquire) == Phase::starting) {
    return refuse(starting_,
                  respond(503, wire::write_errors(
                                   503, make_error(Code::unavailable, "the server is starting"))));
  }
  return std::nullopt;
}

std::optional<http::Response> Gate::count(const Caller& caller, http::Request& request) {
  const auto decision = limiter_.take(caller.org, caller.key, services_.clock.now());
  append_rate_headers(decision.window, request.answer_headers);
  if (!decision.allowed) return refuse(rate_, respond_error_string(429, "Too many requests"));
  request.context = std::make_shared<const Caller>(caller);
  request.share = caller.org.number;
  return std::nullopt;
}

http::Response refuse_missing(std::string_view scopes) {
  const bool several = scopes.find(',') != std::string_view::npos;
  return respond(
      403, wire::write_errors(
               403, make_error(Code::forbidden, (several ? "the credentials lack the scopes "
                                                         : "the credentials lack the scope ") +
                                                    std::string(scopes))));
}

Caller caller_of(const http::Request& request) {
  if (!request.context) return {};
  return *static_cast<const Caller*>(request.context.get());
}

}  // namespace scorekeeper::api

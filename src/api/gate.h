// The gate: it decides whether a caller may use a route. It runs when the header of a request is
// there, before its body is read: credentials, rate limit, permission, readiness. An unknown caller
// gets no reason for a refusal. A known caller gets the missing scope, and the server's log lines
// have key, scope and reason. Owned by the routes; any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

#include "api/context.h"
#include "api/credentials.h"
#include "api/rate_limit.h"
#include "http/message.h"

namespace scorekeeper::api {

// The credentials that a route asks of a request. A new one needs a line in: gate.cpp (admit).
enum class Access {
  open,             // nothing: operations of the server itself
  api_key,          // an API key alone, or a token (GET /api/v1/validate)
  read,             // both keys or a token, and apm_service_catalog_read
  write,            // … and apm_service_catalog_write
  report,           // … and scorekeeper_outcomes_write
  read_or_own,      // … and apm_service_catalog_read, or the handler finds that it is the caller's
  read_campaigns,   // … and apm_service_catalog_read and cases_read
  write_campaigns,  // … and apm_service_catalog_write and cases_write
  admin,            // both keys and scorekeeper_admin
};

class Gate {
 public:
  explicit Gate(const Services& services);

  // A refusal, or nullopt: then caller_of() tells who asks. A known caller gets the rate-limit
  // headers on every answer.
  std::optional<http::Response> admit(Access access, http::Request& request);

 private:
  Result<Caller> authenticate(const Credentials& credentials) const;
  Result<Caller> authenticate_by_issuer(std::string_view bearer) const;
  http::Response refuse_stranger(const Error& refused, const http::Request& request,
                                 http::Response answer);
  http::Response refuse_scope(const Caller& caller, std::string_view missing,
                              const http::Request& request);
  std::optional<http::Response> admit_api_key(http::Request& request);
  std::optional<http::Response> admit_caller(std::initializer_list<Scope> scopes,
                                             http::Request& request);
  std::optional<http::Response> count(const Caller& caller, http::Request& request);
  const Services& services_;
  RateLimiter limiter_;
  // A client that is refused causes a log line. This budget keeps a flood of refusals from becoming
  // a flood of lines: when it is used up, a last line says so. Strangers and known callers have
  // budgets of their own, so that strangers cannot hide the lines about callers.
  class LogBudget {
   public:
    // `callers`: for the last line, "unknown" or "known".
    bool take(Time now, std::string_view callers);

   private:
    std::atomic<std::int64_t> second_ = 0;
    std::atomic<unsigned> lines_ = 0;  // in that second
  };
  LogBudget log_of_strangers_;
  LogBudget log_of_known_;
  // Refused requests, by reason.
  Counter& missing_;  // no credentials
  Counter& unknown_;  // wrong ones
  Counter& scope_;
  Counter& rate_;
  Counter& starting_;
  Counter& issuer_;  // whether they are good could not be found out
};

// The caller of an admitted request; nobody on a route that is open.
Caller caller_of(const http::Request& request);
// 403 for a caller who is known: it names the scopes that are missing.
http::Response refuse_missing(std::string_view scopes);

}  // namespace scorekeeper::api

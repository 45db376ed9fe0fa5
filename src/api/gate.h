// The gate: who may use a route (design §5). It runs when the header of a request is there, before
// its body is read: credentials, rate limit, permission, readiness. Owned by the routes; any
// thread.
#pragma once

#include <initializer_list>
#include <optional>
#include <string_view>

#include "api/context.h"
#include "api/credentials.h"
#include "api/rate_limit.h"
#include "http/message.h"

namespace scorekeeper::api {

// What a route asks of a request. A new one needs a line in: gate.cpp (admit).
enum class Access {
  open,             // nothing: operations of the server itself
  api_key,          // an API key alone, or a token (GET /api/v1/validate)
  read,             // both keys or a token, and apm_service_catalog_read
  write,            // … and apm_service_catalog_write
  read_campaigns,   // … and apm_service_catalog_read and cases_read
  write_campaigns,  // … and apm_service_catalog_write and cases_write
  admin,            // both keys and scorekeeper_admin
};

class Gate {
 public:
  explicit Gate(const Services& services);

  // A refusal, or nullopt: then caller_of() tells who asks. Whoever is known finds the rate-limit
  // headers on every answer.
  std::optional<http::Response> admit(Access access, http::Request& request);

 private:
  Result<Caller> authenticate(const Credentials& credentials) const;
  Result<Caller> authenticate_by_issuer(std::string_view bearer) const;
  Counter& counter_of(const Error& refused) const;
  std::optional<http::Response> admit_api_key(http::Request& request);
  std::optional<http::Response> admit_caller(std::initializer_list<Scope> scopes,
                                             http::Request& request);
  std::optional<http::Response> count(const Caller& caller, http::Request& request);
  const Services& services_;
  RateLimiter limiter_;
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

}  // namespace scorekeeper::api

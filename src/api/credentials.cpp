#include "api/credentials.h"

#include "auth/keys.h"
#include "domain/text.h"

namespace scorekeeper::api {
namespace {

// The token of "Bearer TOKEN"; schemes are compared without regard to case (RFC 9110 §11.1).
std::string_view bearer_of(std::string_view authorization) {
  constexpr std::string_view scheme = "bearer";
  const auto end = authorization.find(' ');
  if (end != scheme.size() || !contains_ignoring_case(authorization.substr(0, end), scheme)) {
    return {};
  }
  authorization.remove_prefix(end);
  while (authorization.starts_with(' ')) authorization.remove_prefix(1);
  return authorization;
}

}  // namespace

bool Credentials::missing() const {
  if (!bearer.empty() || auth::looks_like_token(application_key)) return false;
  return api_key.empty() || application_key.empty();
}

Credentials credentials_of(const http::Request& request) {
  return {.api_key = request.header("dd-api-key"),
          .application_key = request.header("dd-application-key"),
          .bearer = bearer_of(request.header("authorization"))};
}

}  // namespace scorekeeper::api

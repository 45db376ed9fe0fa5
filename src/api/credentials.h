// The credentials that a request carries: two keys, or a token alone. Views into the request's
// headers, which must outlive them. Any thread.
#pragma once

#include <string_view>

#include "http/message.h"

namespace scorekeeper::api {

// Empty = absent: clients send empty headers for what they do not have.
struct Credentials {
  std::string_view api_key;          // DD-API-KEY
  std::string_view application_key;  // DD-APPLICATION-KEY: an application key, or a token of ours
  std::string_view bearer;           // Authorization: Bearer; other schemes do not count

  // Neither a token nor both keys.
  bool missing() const;
};

Credentials credentials_of(const http::Request& request);

}  // namespace scorekeeper::api

// The public id of an accepted request: 21 characters [a-z0-9] that hide the request's number and
// carry a MAC of it under the store's secret, so that ids can be neither guessed nor counted.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/id.h"
#include "base/siphash.h"

namespace scorekeeper::wire {

std::string write_request_id(RequestNumber number, SipKey key);
// nullopt: not an id of this store.
std::optional<RequestNumber> parse_request_id(std::string_view id, SipKey key);

}  // namespace scorekeeper::wire

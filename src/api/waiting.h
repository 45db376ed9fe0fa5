// A deferred request while the committer has it: what its answer needs when the request may be
// gone. Shared between the handler and the callback it leaves behind; the one of them that runs to
// the end answers.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "api/context.h"
#include "api/errors.h"
#include "http/message.h"

namespace scorekeeper::api {

// For nobody to read: the request ends.
inline Error client_is_gone() { return make_error(Code::unavailable, "the client is gone"); }

struct Waiting {
  const Services& services;
  OrgId org;
  std::string request_id;
  http::Reply reply;

  // One of the two, once.
  void answer(http::Response response) { reply(std::move(response)); }
  void fail(const Error& error) { reply(respond_error(error, request_id, services.limits)); }
};

inline std::shared_ptr<Waiting> wait_for(const Context& context, const http::Request& request,
                                         http::Reply reply) {
  return std::make_shared<Waiting>(Waiting{.services = context.services,
                                           .org = context.caller.org,
                                           .request_id = request.id,
                                           .reply = std::move(reply)});
}

}  // namespace scorekeeper::api

// A deferred request while the committer has it: what its answer needs when the request may be
// gone. Shared between the handler and the callback it leaves behind; the one of them that runs to
// the end answers.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "api/context.h"
#include "api/errors.h"
#include "api/versions.h"
#include "base/cancelled.h"
#include "http/message.h"

namespace scorekeeper::api {

struct Waiting {
  const Services& services;
  OrgId org;
  std::string request_id;
  http::Reply reply;

  // One of the two, once.
  void answer(http::Response response) { reply(std::move(response)); }
  void fail(const Error& error) { reply(respond_error(error, request_id, services.limits)); }
};

// A job for a pool: calls `run` with a look at the matrix. Not where the server folds, and not
// where the client is gone: it may have done something else since.
template <class Run>
std::function<void()> deferred_job(const Context& context, std::shared_ptr<Waiting> waiting,
                                   Run run) {
  return [&services = context.services, cancelled = context.cancelled, waiting = std::move(waiting),
          run = std::move(run)]() mutable {
    if (const auto wanted = check_wanted(cancelled); !wanted) {
      return waiting->fail(wanted.error());
    }
    const Looks::Look look(services.looks);
    if (services.phase.load() == Phase::starting) {
      return waiting->fail(make_error(Code::unavailable, "the server is starting"));
    }
    run(look);
  };
}

// Sends a change of one thing to the committer, which makes it if the If-Match of the request
// holds. `done` answers; an Error before that is answered here.
template <class Value>
void submit_change(const Context& context, const http::Request& request,
                   const std::shared_ptr<Waiting>& waiting, intake::Change<Value> change,
                   intake::OnChanged<std::type_identity_t<Value>> done) {
  auto precondition = precondition_of(request);
  if (!precondition) return waiting->fail(precondition.error());
  const auto submitted = context.services.intake->change(
      context.caller, std::move(change).when(*std::move(precondition)), std::move(done));
  if (!submitted) waiting->fail(submitted.error());
}

inline std::shared_ptr<Waiting> wait_for(const Context& context, const http::Request& request,
                                         http::Reply reply) {
  return std::make_shared<Waiting>(Waiting{.services = context.services,
                                           .org = context.caller.org,
                                           .request_id = request.id,
                                           .reply = std::move(reply)});
}

}  // namespace scorekeeper::api

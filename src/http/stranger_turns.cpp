#include "http/stranger_turns.h"

#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "base/log.h"

namespace scorekeeper::http {

using std::chrono::steady_clock;

void StrangerTurns::Member::run(Job job) {
  if (!stranger_ || turns_.running_ == this) return job();
  jobs_.push_back(std::move(job));
  if (!is_linked()) turns_.enter(*this);
}

void StrangerTurns::Member::close() {
  stranger_ = false;
  if (is_linked()) leave(*this);
  // A job may own the connection, and so this: they go last.
  const auto unrun = std::exchange(jobs_, {});
}

void StrangerTurns::enter(Member& member) {
  auto& peer = member.peer_;
  peer.members.push_back(member);
  if (!peer.is_linked()) peers_.push_back(peer);
  post();
}

void StrangerTurns::leave(Member& member) {
  member.unlink();
  if (member.peer_.members.empty()) member.peer_.unlink();
}

// A posted piece runs after everything that is ready by now, and after a look at the sockets.
void StrangerTurns::post() {
  if (posted_) return;
  boost::asio::post(context_, [this] { run(); });
  posted_ = true;
}

void StrangerTurns::run() {
  posted_ = false;
  const auto until = steady_clock::now() + piece;
  while (!peers_.empty()) {
    try {
      run_next();
    } catch (const std::exception& exception) {  // the others are of other connections
      log::error("loop_threw", {{"what", exception.what()}});
    }
    running_ = nullptr;
    if (steady_clock::now() >= until) break;
  }
  if (!peers_.empty()) post();
}

void StrangerTurns::run_next() {
  auto& peer = peers_.front();
  auto& member = peer.members.front();
  Job job = std::move(member.jobs_.front());
  member.jobs_.erase(member.jobs_.begin());
  // Behind the others, or out.
  leave(member);
  if (!member.jobs_.empty()) peer.members.push_back(member);
  if (peer.is_linked()) peer.unlink();
  if (!peer.members.empty()) peers_.push_back(peer);
  running_ = &member;
  job();
}

}  // namespace scorekeeper::http

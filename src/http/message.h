// Requests and answers as plain values: the part of http/ that handlers use. No sockets.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/cancelled.h"
#include "base/parameter.h"
#include "base/result.h"

namespace scorekeeper::http {

enum class Method { get, head, post, put, patch, delete_, options, other };

struct Header {
  std::string name;   // lower case
  std::string value;  // surrounding white space trimmed
};

// One whole request. Owned by the connection until its answer is sent.
struct Request {
  std::string id;  // request id: the caller's x-request-id when it is safe to log, else ours
  Method method = Method::other;
  std::string target;                      // as received: path and query, encoded
  std::vector<Parameter> path_parameters;  // by the route's pattern, in order
  std::vector<Parameter> query;            // in order of appearance
  std::vector<Header> headers;             // in order of appearance
  std::string body;                        // de-chunked and decoded
  std::string peer;                        // "127.0.0.1:54321"
  bool secure = false;                     // came over TLS
  // The share that this work counts for, set by the route's Admit: the pools serve the shares in
  // turn. 0 = no share.
  std::uint64_t share = 0;
  Cancelled cancelled;
  // Set by the route's Admit, read by its handler; http/ only carries it.
  std::shared_ptr<const void> context;
  // Set by the route's Admit: sent with every answer to this request, also those that http/ writes
  // itself (413, 415, 500 …), each unless the answer has a header of that name.
  std::vector<Header> answer_headers;

  // The first header of that lower-case name; empty = absent (an empty header counts as absent).
  std::string_view header(std::string_view name) const;
  // The value of a path parameter of the route's pattern; the name must be one of the pattern's.
  std::string_view path_parameter(std::string_view name) const;
};

// A pull-style body, so that a long answer is never in memory as a whole: next() appends the next
// chunk, at most 64 KiB, to `chunk` and tells whether there is more. An Error is logged and cuts
// the connection, so that the client does not take a part for the whole. Called on a worker thread,
// one call at a time, never after the connection is gone.
class BodySource {
 public:
  virtual ~BodySource() = default;
  virtual Result<bool> next(std::string& chunk) = 0;
  // The bytes that it keeps in memory between two chunks, when it is made.
  virtual std::size_t held_bytes() const { return 0; }
};

struct Response {
  int status = 200;
  std::string content_type;  // empty = no body and no content-type header
  std::string body;
  // A body that many answers have in common: when set, `body` is ignored.
  std::shared_ptr<const std::string> shared_body = nullptr;
  std::vector<Header> headers;         // beside content-type, content-length, date, connection
  std::unique_ptr<BodySource> source;  // when set, `body` is ignored and the answer is chunked
  bool close = false;                  // close the connection after this answer
};

// The body of a Response without a source.
inline const std::string& body_of(const Response& response) {
  return response.shared_body ? *response.shared_body : response.body;
}

// The one answer to a deferred request. Move-only; call it once, from any thread: it passes the
// answer to the event loop. If it is destroyed without a call, it answers 500 and logs an error.
class Reply {
 public:
  using Send = std::move_only_function<void(Response)>;

  Reply() = default;
  explicit Reply(Send send) : send_(std::move(send)) {}
  Reply(Reply&& other) noexcept : send_(std::exchange(other.send_, nullptr)) {}
  Reply& operator=(Reply&& other) noexcept;
  ~Reply();

  void operator()(Response response);

 private:
  void drop() noexcept;

  Send send_;
};

}  // namespace scorekeeper::http

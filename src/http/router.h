// Finds the route for a method and a path. Built once at start, then only read, from any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "http/message.h"

namespace scorekeeper::http {

// The thread that a handler runs on. Where the body is encoded or over 64 KiB, `on_loop` and
// `deferred` run in the pool for bodies; routes with `slow_body` always do.
enum class Mode {
  on_loop,   // on the event loop: memory only, never blocks, and short
  query,     // in the pool for queries: may wait for the database, and may be slow
  body,      // in the pool for bodies: as long as it takes to read the body, no longer
  deferred,  // on the loop; gets a Reply
};

// The decision of a route from the header alone, before any byte of the body is read: an answer
// refuses the request (credentials, permission, rate limit); nullopt lets it in. Runs on the loop.
using Admit = std::function<std::optional<Response>(Request&)>;
// Runs on the loop once the whole request has arrived. true: it delays the request and calls
// `resume` later, once, from any thread: with an answer, or with nullopt to run the handler.
using Resume = std::function<void(std::optional<Response>)>;
using Hold = std::function<bool(const Request&, Resume resume)>;
// true: the request is too much work for the loop. Runs on the loop.
using Heavy = std::function<bool(const Request&)>;
// Gives an answer of the route the form that the request asks for, whoever made it: handler, admit
// or http/ itself (413, 415 …). Runs on the loop, last before the answer is written.
using Finish = std::function<void(const Request&, Response&)>;
// Both may move the body out.
using Handler = std::function<Response(Request&)>;
using DeferredHandler = std::function<void(Request&, Reply)>;

struct Route {
  Mode mode = Mode::on_loop;
  Method method = Method::get;
  // Segments in braces match one path segment, "{name*}" the rest of the path, bare slashes
  // included, because clients send references with and without escaping them:
  // "/api/v2/catalog/entity/{entity_id*}".
  std::string pattern;
  Admit admit;               // may be empty
  Hold hold = nullptr;       // may be empty
  Heavy heavy = nullptr;     // on_loop: such requests are queries; empty: there are none
  Finish finish = nullptr;   // may be empty
  bool slow_body = false;    // even a short body takes too long to read for the loop
  Handler handler;           // all but deferred
  DeferredHandler deferred;  // deferred
};

struct Match {
  const Route* route = nullptr;            // null = no route for this method
  std::vector<Parameter> path_parameters;  // decoded
  std::vector<Method> allowed;             // of the path; empty = no such path (404)
};

class Router {
 public:
  explicit Router(std::vector<Route> routes);

  // `path`: the encoded path of the target, without query. Literal segments win over parameters.
  // HEAD is answered by the GET route (the connection omits the body).
  Match match(Method method, std::string_view path) const;
  // The path of a route that differs only by a slash at the end or by the version ("v1"); empty:
  // none.
  std::string suggest(std::string_view path) const;
  const std::vector<Route>& routes() const { return routes_; }

 private:
  // One segment of the patterns: a tree, node 0 is the root.
  struct Node {
    std::vector<std::pair<std::string, std::size_t>> literals;  // next node by segment
    std::size_t parameter = 0;                                  // next node; 0 = none
    std::vector<std::size_t> ends;                              // routes whose pattern ends here
    std::vector<std::size_t> rest_ends;  // routes whose pattern goes on with "{name*}"
  };
  struct Search;

  void add(std::size_t route);
  void visit(std::size_t node, std::string_view rest, Search& search) const;
  void end(const std::vector<std::size_t>& candidates, Search& search) const;

  std::vector<Route> routes_;
  std::vector<Node> nodes_;
  std::vector<std::string> versions_;  // the segments of patterns that are "v" and a number
};

// The parts of a target. Errors: a target that is not origin-form, bad percent-encoding, text
// that is not UTF-8, U+0000.
struct Target {
  std::string path;  // still encoded
  std::vector<Parameter> query;
};
Result<Target> parse_target(std::string_view target);
// %XX; '+' becomes a space when `plus_is_space`. Error: a bad escape.
Result<std::string> percent_decode(std::string_view text, bool plus_is_space);
std::string_view name_of(Method method);

}  // namespace scorekeeper::http

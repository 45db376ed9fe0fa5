#include "http/router.h"

#include <algorithm>

#include "base/assert.h"

namespace scorekeeper::http {
namespace {

// Takes the first segment and its slash off an encoded path that begins with a slash.
std::string_view take_segment(std::string_view& rest) {
  rest.remove_prefix(1);
  const auto segment = rest.substr(0, rest.find('/'));
  rest.remove_prefix(segment.size());
  return segment;
}

bool is_parameter(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

bool is_rest(std::string_view segment) {
  return is_parameter(segment) && segment[segment.size() - 2] == '*';
}

bool is_version(std::string_view segment) {
  return segment.size() > 1 && segment.front() == 'v' &&
         segment.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

std::string_view parameter_name(std::string_view segment) {
  return segment.substr(1, segment.size() - (is_rest(segment) ? 3 : 2));
}

}  // namespace

// One run through the tree. `values` are the encoded path segments on the way to the current node.
struct Router::Search {
  Method method = Method::other;
  std::vector<std::string_view> values;
  Match match;
};

Router::Router(std::vector<Route> routes) : routes_(std::move(routes)), nodes_(1) {
  for (std::size_t route = 0; route < routes_.size(); ++route) add(route);
}

void Router::add(std::size_t route) {
  std::string_view rest = routes_[route].pattern;
  ASSERT(rest.starts_with('/'));
  std::size_t node = 0;
  while (!rest.empty()) {
    const auto segment = take_segment(rest);
    if (is_rest(segment)) {
      ASSERT(rest.empty());
      nodes_[node].rest_ends.push_back(route);
      return;
    }
    if (is_version(segment) && std::ranges::find(versions_, segment) == versions_.end()) {
      versions_.emplace_back(segment);
    }
    std::size_t next = 0;
    if (is_parameter(segment)) {
      next = nodes_[node].parameter;
    } else {
      for (const auto& [text, literal] : nodes_[node].literals) {
        if (text == segment) next = literal;
      }
    }
    if (next == 0) {
      next = nodes_.size();
      if (is_parameter(segment)) {
        nodes_[node].parameter = next;
      } else {
        nodes_[node].literals.emplace_back(segment, next);
      }
      nodes_.emplace_back();
    }
    node = next;
  }
  nodes_[node].ends.push_back(route);
}

Match Router::match(Method method, std::string_view path) const {
  if (!path.starts_with('/')) return {};
  Search search;
  search.method = method;
  visit(0, path, search);
  auto& allowed = search.match.allowed;
  std::ranges::sort(allowed, {}, name_of);
  const auto repeated = std::ranges::unique(allowed);
  allowed.erase(repeated.begin(), repeated.end());
  return std::move(search.match);
}

std::string Router::suggest(std::string_view path) const {
  const auto is_known = [this](std::string_view other) {
    return !match(Method::other, other).allowed.empty();
  };
  std::string_view trimmed = path;
  while (trimmed.size() > 1 && trimmed.ends_with('/')) trimmed.remove_suffix(1);
  if (trimmed != path && is_known(trimmed)) return std::string(trimmed);
  for (std::string_view rest = trimmed; rest.starts_with('/');) {
    const auto segment = take_segment(rest);
    if (!is_version(segment)) continue;
    for (const auto& version : versions_) {
      const auto before = trimmed.size() - rest.size() - segment.size();
      const auto other = std::string(trimmed.substr(0, before)) + version + std::string(rest);
      if (is_known(other)) return other;
    }
    return {};
  }
  return {};
}

// Literals before the parameter before the rest, and back again where a branch ends in nothing.
void Router::visit(std::size_t node, std::string_view rest, Search& search) const {
  const Node& here = nodes_[node];
  if (rest.empty()) return end(here.ends, search);
  const auto whole = rest.substr(1);
  const auto segment = take_segment(rest);
  const bool escaped = segment.find('%') != std::string_view::npos;
  const auto decoded = escaped ? percent_decode(segment, false) : Result<std::string>();
  if (!decoded) return;
  for (const auto& [text, next] : here.literals) {
    if (text == (escaped ? std::string_view(*decoded) : segment)) visit(next, rest, search);
    if (search.match.route != nullptr) return;
  }
  if (here.parameter != 0 && !segment.empty()) {
    search.values.push_back(segment);
    visit(here.parameter, rest, search);
    search.values.pop_back();
    if (search.match.route != nullptr) return;
  }
  if (!here.rest_ends.empty() && !whole.empty()) {
    search.values.push_back(whole);
    end(here.rest_ends, search);
    search.values.pop_back();
  }
}

void Router::end(const std::vector<std::size_t>& candidates, Search& search) const {
  const auto wanted = search.method == Method::head ? Method::get : search.method;
  for (const auto candidate : candidates) {
    const Route& route = routes_[candidate];
    search.match.allowed.push_back(route.method);
    if (route.method == Method::get) search.match.allowed.push_back(Method::head);
    if (route.method != wanted || search.match.route != nullptr) continue;
    std::vector<Parameter> parameters;
    std::string_view pattern = route.pattern;
    while (!pattern.empty()) {
      const auto segment = take_segment(pattern);
      if (!is_parameter(segment)) continue;
      auto value = percent_decode(search.values[parameters.size()], false);
      if (!value) return;
      parameters.push_back(
          {.name = std::string(parameter_name(segment)), .value = *std::move(value)});
    }
    search.match.route = &route;
    search.match.path_parameters = std::move(parameters);
  }
}

std::string_view name_of(Method method) {
  switch (method) {
    case Method::get:
      return "GET";
    case Method::head:
      return "HEAD";
    case Method::post:
      return "POST";
    case Method::put:
      return "PUT";
    case Method::patch:
      return "PATCH";
    case Method::delete_:
      return "DELETE";
    case Method::options:
      return "OPTIONS";
    case Method::other:
      return "other";
  }
  return "other";
}

}  // namespace scorekeeper::http

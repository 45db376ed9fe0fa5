#include "api/versions.h"

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "http/entity_tags.h"

namespace scorekeeper::api {
namespace {

// The version that a tag of ours tells; nullopt: it is none of ours.
std::optional<RowId> version_of(std::string_view tag) {
  RowId version;
  const char* const end = tag.data() + tag.size();
  const auto [stop, error] = std::from_chars(tag.data(), end, version.number);
  if (error != std::errc{} || stop != end || tag.starts_with('0')) return std::nullopt;
  return version;
}

// Lines of one name are one list.
std::optional<std::string> if_match_of(const http::Request& request) {
  std::optional<std::string> list;
  for (const auto& header : request.headers) {
    if (header.name != "if-match") continue;
    list = list ? *list + "," + header.value : header.value;
  }
  return list;
}

}  // namespace

Result<Precondition> precondition_of(const http::Request& request) {
  Precondition precondition;
  const auto list = if_match_of(request);
  if (!list) return precondition;
  const auto tags = http::parse_entity_tags(*list);
  if (!tags) {
    return invalid("header \"If-Match\" must be * or a list of entity tags: \"12\", \"15\"");
  }
  precondition.given = true;
  precondition.any = tags->any;
  for (const auto& tag : tags->strong) {
    if (const auto version = version_of(tag)) precondition.versions.push_back(*version);
  }
  return precondition;
}

Result<Precondition> precondition_of(const http::Request& request, std::size_t count) {
  auto precondition = TRY(precondition_of(request));
  if (precondition.given && count != 1) {
    return invalid("header \"If-Match\" needs a request with one definition; this one has " +
                   std::to_string(count));
  }
  return precondition;
}

void tell_version(http::Response& response, RowId version) {
  if (!version) return;
  response.headers.push_back(
      {.name = "etag", .value = "\"" + std::to_string(version.number) + "\""});
}

}  // namespace scorekeeper::api

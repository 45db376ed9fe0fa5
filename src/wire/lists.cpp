#include "wire/lists.h"

namespace scorekeeper::wire {

void write_warnings(json::Writer& json, std::span<const std::string> warnings) {
  if (warnings.empty()) return;
  json.key("meta").begin_object().key("warnings").begin_array();
  for (const auto& warning : warnings) json.string(warning);
  json.end_array().end_object();
}

void write_links(json::Writer& json, const Links& links) {
  json.key("links").begin_object();
  json.optional_member("next", links.next).optional_member("previous", links.previous);
  json.end_object();
}

void write_page_meta(json::Writer& json, std::size_t count, Page page, std::uint64_t total) {
  json.key("meta").begin_object();
  json.key("count").number(static_cast<std::int64_t>(count));
  json.key("limit").number(static_cast<std::int64_t>(page.size));
  json.key("offset").number(static_cast<std::int64_t>(page.offset));
  json.key("total").number(static_cast<std::int64_t>(total));
  json.end_object();
}

void write_relationship(json::Writer& json, std::string_view name, std::string_view id,
                        std::string_view type) {
  json.key(name).begin_object().key("data").begin_object();
  json.member("id", id).member("type", type);
  json.end_object().end_object();
}

void SparseAttributes::text(std::string_view name, std::string_view value) const {
  if (wants(name)) json_.member(name, value);
}

void SparseAttributes::optional_text(std::string_view name, std::string_view value) const {
  if (wants(name)) json_.optional_member(name, value);
}

void SparseAttributes::time(std::string_view name, Time value) const {
  if (wants(name)) json_.member(name, rfc3339(value));
}

void SparseAttributes::boolean(std::string_view name, bool value) const {
  if (wants(name)) json_.key(name).boolean(value);
}

void SparseAttributes::number(std::string_view name, std::int64_t value) const {
  if (wants(name)) json_.key(name).number(value);
}

}  // namespace scorekeeper::wire

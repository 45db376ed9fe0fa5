// Parts that the list documents share: warnings, links, relationships, sparse attributes. For the
// writers of this folder; one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "json/writer.h"
#include "wire/query.h"

namespace scorekeeper::wire {

// "meta":{"warnings":[…]}, for a document without another `meta`; nothing when there are none.
void write_warnings(json::Writer& json, std::span<const std::string> warnings);
// "links":{"next":…,"previous":…}; an empty one is left out
void write_links(json::Writer& json, const Links& links);
// "meta":{"count":…,"limit":…,"offset":…,"total":…}: `count` items are here, `total` in the list.
void write_page_meta(json::Writer& json, std::size_t count, Page page, std::uint64_t total);
// "name":{"data":{"id":…,"type":…}}
void write_relationship(json::Writer& json, std::string_view name, std::string_view id,
                        std::string_view type);

// Writes the attributes that the request asked for. Lives for one document; borrows both.
class SparseAttributes {
 public:
  SparseAttributes(json::Writer& json, const FieldSet& fields) : json_(json), fields_(fields) {}

  bool wants(std::string_view name) const { return !fields_ || fields_->contains(name); }
  void text(std::string_view name, std::string_view value) const;
  void optional_text(std::string_view name, std::string_view value) const;  // left out when empty
  void time(std::string_view name, Time value) const;
  void boolean(std::string_view name, bool value) const;
  void number(std::string_view name, std::int64_t value) const;

 private:
  json::Writer& json_;
  const FieldSet& fields_;
};

}  // namespace scorekeeper::wire

// The forms in which a definition is answered. The clients of the API know a closed set of members
// for each: one member more, a null, or a member that is missing, and they cannot read the whole
// page. So an answer holds what its form knows and nothing else; include=raw_schema and
// raw_definitions hold what was sent. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "json/tree.h"

namespace scorekeeper::wire {

struct FormMember;

// A text that a form knows under that name or another.
struct FormWord {
  std::string_view known_as;
  std::string_view written;
};

struct Form {
  enum class Type { text, list, object, free_object };

  Type type = Type::text;
  // For a text:
  std::size_t characters_min = 0;
  std::span<const FormWord> words = {};  // all that the form knows; empty = any text
  std::string_view otherwise = {};       // stands for any other text; empty = that is left out
  // For a list (an element that has no form is left out):
  const Form* element = nullptr;
  bool empty_is_left_out = false;
  // For an object:
  std::span<const FormMember> members = {};
  bool exactly_one = false;  // the first member that has its form; none: there is no object
};

struct FormMember {
  std::string_view name;
  const Form* form = nullptr;
  bool required = false;                           // without it there is no object
  std::string_view same_as = {};                   // when it is missing: that member's text
  std::optional<std::string_view> otherwise = {};  // when it is missing: this text
};

// The value in that form; nullopt when it cannot be brought into it. Members keep their order, what
// was missing comes last. Numbers and booleans become text where the form wants text.
std::optional<json::Tree> fit(const json::Tree& value, const Form& form);

// Schema v3 of an entity of that kind; null: the clients know no form for that kind.
const Form* form_of_kind(std::string_view kind);
// The form of entities of other kinds: as the rest, with a spec of any members.
const Form& form_of_other_kinds();
// The form of service definitions "v1", "v2", "v2.1" or "v2.2".
const Form& form_of_version(std::string_view version);

}  // namespace scorekeeper::wire

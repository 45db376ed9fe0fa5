// A document of free shape: what a JSON or YAML text says, with the members of an object in the
// order of the source and numbers as they are written. A value; made by reader.h and
// wire/yaml_reader.h, for the parsers and writers of the catalog.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "json/writer.h"

namespace scorekeeper::json {

struct Tree {
  enum class Type { null, boolean, number, string, array, object };

  Type type = Type::null;
  std::string name;            // of a member of an object
  std::string text;            // of a string; "true", "false"; the digits of a number, as JSON
  std::vector<Tree> children;  // elements of an array, members of an object: no name twice

  static Tree of_text(std::string_view text);
  static Tree empty_array() { return of_type(Type::array); }
  static Tree empty_object() { return of_type(Type::object); }

  bool is(Type wanted) const { return type == wanted; }
  // The member of that name; null: there is none, or this is no object.
  const Tree* find(std::string_view member) const;
  Tree* find(std::string_view member);
  // Sets a member of an object; a new member is the last one.
  Tree& put(std::string_view member, Tree value);
  Tree& put_text(std::string_view member, std::string_view value) {
    return put(member, of_text(value));
  }
  void remove(std::string_view member);

  bool operator==(const Tree&) const = default;

 private:
  static Tree of_type(Type type);
};

// Levels of arrays and objects; 0 for a scalar.
std::size_t depth_of(const Tree& tree);
// Itself and all that is in it.
std::size_t count_values(const Tree& tree);
// A name that two members of an object have.
std::optional<std::string_view> find_repeated_name(const Tree& object);

// One JSON document. `text` may grow in capacity. Errors as Reader's; no more than `values_max`
// values.
Result<Tree> read_json(std::string& text, std::size_t values_max = tree_values_max);
void write_tree(Writer& json, const Tree& tree);
std::string write_tree(const Tree& tree);  // compact

}  // namespace scorekeeper::json

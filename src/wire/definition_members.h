// Reads the members of one definition that the server looks at, brings them into their right types
// and collects what is wrong with them. For the parsers of the catalog's definitions: lives for one
// definition and borrows its tree, the limits and the list of problems.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "json/tree.h"

namespace scorekeeper::wire {

struct TextRule {
  std::size_t characters_max = 0;
  bool required = false;
  bool lines = false;     // line feeds and tabs are fine
  bool rendered = false;  // no "${{": nobody has filled the template in
};

// A path names a member from the definition's root, with dots: "metadata.name". It is looked up by
// its last name in the object that is passed along; a null object has no members, and a member that
// is null counts as absent. Problems read `attribute "metadata.name" is required`. Nothing here
// moves a value of the tree: what `object` returns stays where it is.
class DefinitionMembers {
 public:
  // `pointer`: where the definition stands in the body.
  DefinitionMembers(const Limits& limits, std::string pointer, std::vector<Error>& problems)
      : limits_(limits),
        pointer_(std::move(pointer)),
        problems_(problems),
        problems_before_(problems.size()) {}

  const Limits& limits() const { return limits_; }
  bool failed() const { return problems_.size() > problems_before_; }

  // Empty when absent. Numbers and booleans, which YAML makes of plain scalars, become text in the
  // tree, too.
  std::string text(json::Tree* parent, std::string_view path, TextRule rule);
  // A list of texts, none of them empty but those that are a problem.
  std::vector<std::string> texts(json::Tree* parent, std::string_view path, std::size_t count_max);
  // Null when absent.
  json::Tree* object(json::Tree* parent, std::string_view path, bool required = false);
  // The elements of a list of objects; null for one that is a problem.
  std::vector<json::Tree*> objects(json::Tree* parent, std::string_view path,
                                   std::size_t count_max);

  // attribute "path" must <must>
  void refuse(std::string_view path, std::string_view must);
  // The definition as a whole: "a definition must …"
  void refuse(std::string detail);
  // The definition cannot be taken for a fault of the server: internal.
  void fail(std::string detail);

 private:
  json::Tree* present(json::Tree* parent, std::string_view path, bool required);
  json::Tree* list(json::Tree* parent, std::string_view path, std::size_t count_max);
  bool make_text(json::Tree& value, std::string_view path, TextRule rule);
  void add(std::string_view path, std::string_view what);

  const Limits& limits_;
  std::string pointer_;
  std::vector<Error>& problems_;
  std::size_t problems_before_;
};

// Takes out members that are null, which count as absent: of the definition, of its metadata at any
// depth and of its spec. Called before anything points into the tree. Others have free shape.
void remove_nulls(json::Tree& definition);

// The first problem with the others behind it, no more than errors_max. There must be one.
Error error_of(std::vector<Error> problems);

}  // namespace scorekeeper::wire

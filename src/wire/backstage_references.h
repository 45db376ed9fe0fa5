// References as Backstage writes them, and where what they name goes in our catalog. A value; built
// by one thread, then read.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "wire/tree.h"

namespace scorekeeper::wire {

// [kind:][namespace/]name; what a text leaves out comes from where it stands.
struct BackstageReference {
  std::string kind;        // lower case
  std::string name_space;  // lower case
  std::string name;
};
// nullopt: not of that form.
std::optional<BackstageReference> parse_backstage_reference(std::string_view text,
                                                            std::string_view default_kind,
                                                            std::string_view default_namespace);

// The kind that a Backstage entity has here: that of a Component or Resource depends on its
// spec.type. nullopt: User, Location, Template and the like have no place in the catalog.
std::optional<std::string> kind_of_backstage(std::string_view kind, std::string_view type);

// Whom the definitions at hand define: what refers to a component finds out whether it is a service
// or a library.
class BackstageReferences {
 public:
  void add(const Tree& definition);

  struct Resolved {
    std::string reference;  // canonical, of ours
    bool known = true;      // false: none of the definitions; the kind is the usual one
  };
  Resolved resolve(const BackstageReference& reference) const;

 private:
  std::map<std::string, std::string, std::less<>> kinds_;  // by their reference, in lower case
};

}  // namespace scorekeeper::wire

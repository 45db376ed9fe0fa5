// References as Backstage writes them, and where what they name goes in the catalog. Used by one
// thread.
#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/tree.h"

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

// The canonical references of the entities of any kind that the catalog has of that namespace and
// name; others may be among them. The better ones first. Error: the catalog cannot be asked.
using FindNamed = std::function<Result<std::vector<std::string>>(std::string_view name_space,
                                                                 std::string_view name)>;

// The entities of the definitions at hand and of the catalog: a reference to a component is
// resolved with them to a service or a library.
class BackstageReferences {
 public:
  // Without `find_named` the definitions at hand are all that is known. At most `count_max`
  // distinct references are resolved.
  explicit BackstageReferences(FindNamed find_named = nullptr,
                               std::size_t count_max = std::numeric_limits<std::size_t>::max())
      : find_named_(std::move(find_named)), count_max_(count_max) {}
  void add(const json::Tree& definition);

  struct Resolved {
    std::string reference;  // canonical
    std::string remark;     // not empty: it is a guess, and why
  };
  // Each distinct reference is resolved, and each distinct name looked up, once. Errors: the
  // catalog cannot be asked, count_max (too_large). After an error all others fail likewise.
  Result<Resolved> resolve(const BackstageReference& reference);
  const std::optional<Error>& failure() const { return failure_; }

 private:
  Result<Resolved> look_up(const BackstageReference& reference);
  Result<std::optional<Resolved>> find_in_catalog(const BackstageReference& reference);

  FindNamed find_named_;
  std::size_t count_max_;
  std::optional<Error> failure_;
  std::map<std::string, Resolved, std::less<>> resolved_;  // by the reference, in lower case
  // By namespace and name, in lower case.
  std::map<std::string, std::vector<std::string>, std::less<>> named_;
  std::map<std::string, std::string, std::less<>> kinds_;  // by their reference, in lower case
};

}  // namespace scorekeeper::wire

#include "domain/relations.h"

#include <algorithm>
#include <set>
#include <string>
#include <tuple>

#include "domain/entity.h"

namespace scorekeeper {

std::vector<Relation> fold_relations(std::vector<Relation> relations) {
  for (Relation& relation : relations) {
    relation.from = fold_reference(relation.from);
    relation.to = fold_reference(relation.to);
  }
  std::ranges::sort(relations, {}, [](const Relation& relation) {
    return std::tie(relation.from, relation.type, relation.to);
  });
  // Not only equal ones: a name may have the type of a relation in it, so that two have one id.
  std::set<std::string> ids;
  std::erase_if(relations, [&](const Relation& relation) {
    return !ids.insert(relation.from + ":" + relation.type + ":" + relation.to).second;
  });
  return relations;
}

}  // namespace scorekeeper

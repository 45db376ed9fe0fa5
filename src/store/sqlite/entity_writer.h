// Writing entities, their definitions and their relations: the part of the catalog's writer and of
// the log's that they share. One connection's, and its thread's; inside a transaction of the
// caller's.
#pragma once

#include <span>

#include "store/catalog.h"
#include "store/sqlite/connection.h"

namespace scorekeeper::store::sqlite {

class EntityWriter {
 public:
  Result<void> prepare(Connection& connection);

  // New, or removed and seen again: then it lives again. One that lives stays as it is.
  Result<void> put(std::span<const NewEntity> entities);
  // With its relations in place of those that the entity's definition had. Rows that are there
  // already are not written again: they are most of the bytes of a definition that changes.
  Result<void> put(OrgId org, const DefinedEntity& defined, RowId position);
  // With the relations in it.
  Result<void> remove_definition(OrgId org, EntityNumber number);
  // It lives no more. An unknown one is ignored.
  Result<void> remove(OrgId org, EntityNumber number, RowId position);

 private:
  Result<bool> has_relations(OrgId org, EntityNumber number, std::span<const Relation> relations);
  Result<void> remove_relations(OrgId org, EntityNumber number);

  // One INSERT for many rows, one for the rest.
  Statement put_entities_;
  Statement put_entity_;
  Statement put_definition_;
  Statement update_definition_;
  Statement read_relations_;
  Statement put_relation_;
  Statement remove_relations_;
  Statement remove_definition_;
  Statement remove_entity_;
};

}  // namespace scorekeeper::store::sqlite

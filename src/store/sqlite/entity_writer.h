// Writing entities, their definitions and their relations: the part of the catalog's writer and of
// the log's that they share. One connection's, and its thread's; inside a transaction of the
// caller's.
#pragma once

#include <span>

#include "store/catalog_rows.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/row_statement.h"

namespace scorekeeper::store::sqlite {

class EntityWriter {
 public:
  Result<void> prepare(SqliteConnection& connection);

  // New, or removed and seen again: then it lives again. One that lives stays as it is.
  Result<void> put(std::span<const NewEntity> entities) { return entities_.put(entities); }
  // With its relations in place of those that the entity's definition had. Rows that are there
  // already are not written again: they are most of the bytes of a definition that changes.
  Result<void> put(const StateRow<const DefinedEntity>& row);
  // With the relations in it.
  Result<void> remove_definition(OrgId org, EntityNumber number);
  // It lives no more; it has no definition. An unknown one is ignored.
  Result<void> remove(OrgId org, const RemovedEntity& entity);

 private:
  Result<bool> has_relations(OrgId org, EntityNumber number, std::span<const Relation> relations);
  Result<void> remove_relations(OrgId org, EntityNumber number);

  RowWriter<NewEntity, 20> entities_;
  Statement put_definition_;
  Statement update_definition_;
  Statement read_relations_;
  Statement put_relation_;
  Statement remove_relations_;
  Statement remove_definition_;
  Statement remove_entity_;
};

}  // namespace scorekeeper::store::sqlite

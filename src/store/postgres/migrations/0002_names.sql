-- Lists of entities in the order of their names, read from an index alone. A name costs an index entry when it is
-- new, which is seldom; a list without the index looked at every entity.
CREATE INDEX entity_by_name ON entity (org, name, kind, namespace, number) WHERE live = 1;
-- All spellings of a service's name are one service; lower() of collation "C" is of ASCII letters alone.
CREATE UNIQUE INDEX service_by_name ON entity (org, lower(name))
  WHERE live = 1 AND kind = 'service' AND namespace = 'default';
-- A definition that names one service in several spellings has one relation with it: the first.
DELETE FROM relation WHERE (org, defined_by, row) IN (
  SELECT n.org, n.defined_by, n.row FROM (
    SELECT r.org, r.defined_by, r.row, row_number() OVER (
      PARTITION BY r.org, r.defined_by,
        CASE WHEN r.from_entity LIKE 'service:default/%' THEN lower(r.from_entity) ELSE r.from_entity END
        || ':' || r.type || ':' ||
        CASE WHEN r.to_entity LIKE 'service:default/%' THEN lower(r.to_entity) ELSE r.to_entity END
      ORDER BY r.row) AS nth
    FROM relation AS r) AS n
  WHERE n.nth > 1);
-- Ends of relations are in the spelling that all spellings of a name have in common.
UPDATE relation SET from_entity = lower(from_entity) WHERE from_entity LIKE 'service:default/%';
UPDATE relation SET to_entity = lower(to_entity) WHERE to_entity LIKE 'service:default/%';
UPDATE relation SET id = from_entity || ':' || type || ':' || to_entity
  WHERE id <> from_entity || ':' || type || ':' || to_entity;
-- The order of a list of relations: an id may be longer than an index row, and ids are in the order of their
-- beginnings first.
CREATE INDEX relation_in_order ON relation (org, left(id, 512));
-- A scorecard that was deleted stays: deleted rules refer to it.
ALTER TABLE scorecard ADD COLUMN removed integer NOT NULL DEFAULT 0 CHECK (removed IN (0, 1));

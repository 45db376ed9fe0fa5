-- The catalog of entities: definitions, relations, kinds; campaigns. An entity's reference stands in three
-- columns. docs/formats/store.md tells what each table and field is.

DROP VIEW outcome;
DROP VIEW outcome_history;

-- No index of names: with a million entities a group of new ones would write ten times as much.
CREATE TABLE named_entity (
  org                 INTEGER NOT NULL,
  number              INTEGER NOT NULL,
  kind                TEXT NOT NULL,
  namespace           TEXT NOT NULL,
  name                TEXT NOT NULL,
  discovered_at       INTEGER NOT NULL,
  removed_at_position INTEGER,
  live                INTEGER NOT NULL DEFAULT 1 CHECK (live IN (0, 1)),
  reference           TEXT GENERATED ALWAYS AS (kind || ':' || namespace || '/' || name) VIRTUAL,
  PRIMARY KEY (org, number)
) STRICT, WITHOUT ROWID;

INSERT INTO named_entity (org, number, kind, namespace, name, discovered_at, removed_at_position, live)
SELECT org, number, kind,
       substr(rest, 1, instr(rest, '/') - 1),
       substr(rest, instr(rest, '/') + 1),
       discovered_at, removed_at_position,
       removed_at_position IS NULL
FROM (SELECT org, number,
             substr(reference, 1, instr(reference, ':') - 1) AS kind,
             substr(reference, instr(reference, ':') + 1) AS rest,
             discovered_at, removed_at_position
      FROM entity);

DROP TABLE entity;
ALTER TABLE named_entity RENAME TO entity;

-- What load_definitions() reads stands first, the long texts last.
CREATE TABLE entity_definition (
  org              INTEGER NOT NULL,
  number           INTEGER NOT NULL,
  owner            TEXT NOT NULL,
  tier             TEXT NOT NULL,
  lifecycle        TEXT NOT NULL,
  type             TEXT NOT NULL,
  languages        TEXT NOT NULL,
  tags             TEXT NOT NULL,
  kind             TEXT NOT NULL,
  namespace        TEXT NOT NULL,
  name             TEXT NOT NULL,
  created_at       INTEGER NOT NULL,
  modified_at      INTEGER NOT NULL,
  api_version      TEXT NOT NULL,
  ingestion_source TEXT NOT NULL,
  display_name     TEXT NOT NULL,
  description      TEXT NOT NULL,
  schema           TEXT NOT NULL,
  raw              TEXT NOT NULL,
  reference        TEXT GENERATED ALWAYS AS (kind || ':' || namespace || '/' || name) VIRTUAL,
  PRIMARY KEY (org, number),
  FOREIGN KEY (org, number) REFERENCES entity (org, number)
) STRICT;
-- With the number, so that a page is chosen from an index alone.
CREATE INDEX definition_by_name ON entity_definition (org, name, kind, namespace, number);
CREATE INDEX definition_by_kind ON entity_definition (org, kind, name, namespace, number);
CREATE INDEX definition_by_owner ON entity_definition (org, owner, name, kind, namespace, number);

-- id is from_entity:type:to_entity. Not a generated column: an index with one in it would not serve alone.
CREATE TABLE relation (
  row         INTEGER PRIMARY KEY,
  org         INTEGER NOT NULL,
  defined_by  INTEGER NOT NULL,
  id          TEXT NOT NULL,
  type        TEXT NOT NULL,
  from_entity TEXT NOT NULL,
  to_entity   TEXT NOT NULL,
  FOREIGN KEY (org, defined_by) REFERENCES entity_definition (org, number)
) STRICT;
CREATE UNIQUE INDEX relation_by_id ON relation (org, id, defined_by);
CREATE INDEX relation_by_from ON relation (org, from_entity, id, defined_by);
CREATE INDEX relation_by_to ON relation (org, to_entity, id, defined_by);
CREATE INDEX relation_by_type ON relation (org, type, id, defined_by);
CREATE INDEX relation_by_definition ON relation (org, defined_by);

CREATE TABLE kind (
  org          INTEGER NOT NULL,
  name         TEXT NOT NULL,
  display_name TEXT NOT NULL,
  description  TEXT NOT NULL,
  created_at   INTEGER NOT NULL,
  modified_at  INTEGER NOT NULL,
  PRIMARY KEY (org, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE campaign (
  org          INTEGER NOT NULL,
  number       INTEGER NOT NULL,
  id           TEXT NOT NULL,
  key          TEXT NOT NULL,
  name         TEXT NOT NULL,
  description  TEXT NOT NULL,
  owner_id     TEXT NOT NULL,
  entity_scope TEXT NOT NULL,
  guidance     TEXT NOT NULL,
  status       INTEGER NOT NULL,
  start_date   INTEGER NOT NULL,
  due_date     INTEGER,
  created_at   INTEGER NOT NULL,
  modified_at  INTEGER NOT NULL,
  removed      INTEGER NOT NULL CHECK (removed IN (0, 1)),
  PRIMARY KEY (org, number),
  UNIQUE (org, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX campaign_by_key ON campaign (org, key) WHERE removed = 0;

CREATE TABLE campaign_rule (
  org      INTEGER NOT NULL,
  campaign INTEGER NOT NULL,
  position INTEGER NOT NULL,
  rule     INTEGER NOT NULL,
  PRIMARY KEY (org, campaign, position),
  FOREIGN KEY (org, campaign) REFERENCES campaign (org, number),
  FOREIGN KEY (org, rule) REFERENCES rule (org, number)
) STRICT, WITHOUT ROWID;

CREATE VIEW outcome_history AS
SELECT c.id AS row,
       o.name AS org,
       s.name AS scorecard,
       r.id AS rule_id,
       r.name AS rule,
       e.reference AS entity,
       CASE c.state WHEN 1 THEN 'pass' WHEN 2 THEN 'fail' WHEN 3 THEN 'skip' END AS state,
       c.remarks,
       strftime('%Y-%m-%dT%H:%M:%S', c.at / 1000000, 'unixepoch')
         || printf('.%06dZ', c.at % 1000000) AS at,
       strftime('%Y-%m-%dT%H:%M:%SZ', c.first_reported, 'unixepoch') AS first_reported,
       k.name AS key,
       c.request,
       nullif(c.previous, 0) AS previous
FROM outcome_change AS c
LEFT JOIN org AS o ON o.id = c.org
LEFT JOIN rule AS r ON r.org = c.org AND r.number = c.rule
LEFT JOIN scorecard AS s ON s.org = r.org AND s.number = r.scorecard
LEFT JOIN entity AS e ON e.org = c.org AND e.number = c.entity
LEFT JOIN key AS k ON k.id = c.key;

-- Reads the whole ledger, by design: an index of current outcomes would cost more than the ledger itself.
-- An entity that was removed and is back keeps removed_at_position: rows up to it do not count.
CREATE VIEW outcome AS
SELECT h.*
FROM (SELECT max(id) AS id, org, rule, entity FROM outcome_change GROUP BY org, rule, entity) AS l
JOIN rule AS r ON r.org = l.org AND r.number = l.rule AND r.removed_at_position IS NULL
JOIN entity AS e ON e.org = l.org AND e.number = l.entity
  AND (e.removed_at_position IS NULL OR e.removed_at_position < l.id)
JOIN outcome_history AS h ON h.row = l.id;

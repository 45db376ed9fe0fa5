-- The schema of the embedded store. docs/formats/store.md tells what each table and field is.
-- Times are microseconds since 1970. `position`: of the last change of that row in the log of its org.

CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value ANY NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES ('keys_version', 0), ('requests_reserved', 1), ('log_placed', 0);

CREATE TABLE org (
  id         INTEGER PRIMARY KEY,
  name       TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  position   INTEGER NOT NULL
) STRICT;

CREATE TABLE key (
  id         INTEGER PRIMARY KEY,
  org        INTEGER NOT NULL REFERENCES org (id),
  kind       TEXT NOT NULL CHECK (kind IN ('api', 'application', 'personal', 'service')),
  name       TEXT NOT NULL,
  owner      TEXT NOT NULL DEFAULT '',
  hash       BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
  scopes     TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER,
  position   INTEGER NOT NULL
) STRICT;

-- The running server looks at keys_version: whoever writes a key table moves it, by hand too.
CREATE TRIGGER org_inserted AFTER INSERT ON org BEGIN
  UPDATE meta SET value = value + 1 WHERE key = 'keys_version';
END;
CREATE TRIGGER org_updated AFTER UPDATE ON org BEGIN
  UPDATE meta SET value = value + 1 WHERE key = 'keys_version';
END;
CREATE TRIGGER key_inserted AFTER INSERT ON key BEGIN
  UPDATE meta SET value = value + 1 WHERE key = 'keys_version';
END;
CREATE TRIGGER key_updated AFTER UPDATE ON key BEGIN
  UPDATE meta SET value = value + 1 WHERE key = 'keys_version';
END;
CREATE TRIGGER key_deleted AFTER DELETE ON key BEGIN
  UPDATE meta SET value = value + 1 WHERE key = 'keys_version';
END;

-- Where the log of each org ends among the rows up to meta.log_placed, and what retention took away. Written with
-- log_place, as the heads of many orgs are on many pages (docs/decisions/0007). The view log_head has the true ends.
CREATE TABLE log_placed_head (
  org      INTEGER PRIMARY KEY,
  position INTEGER NOT NULL,
  at       INTEGER NOT NULL,
  chain    BLOB NOT NULL CHECK (length(chain) = 16),
  floor    INTEGER NOT NULL DEFAULT 0,
  -- The same for the changes of the catalog.
  audit_floor INTEGER NOT NULL DEFAULT 0
) STRICT;

-- The logs: docs/formats/log.md. A row of its own number, so that the records of all orgs are appended at one place
-- (docs/decisions/0007).
CREATE TABLE log (
  row        INTEGER PRIMARY KEY,
  org        INTEGER NOT NULL,
  position   INTEGER NOT NULL,
  count      INTEGER NOT NULL CHECK (count > 0),
  at         INTEGER NOT NULL,
  kind       INTEGER NOT NULL,
  actor_type TEXT NOT NULL,
  actor      TEXT NOT NULL,
  request    INTEGER NOT NULL,
  request_id TEXT NOT NULL,
  group_end  INTEGER NOT NULL CHECK (group_end IN (0, 1)),
  chain      BLOB NOT NULL CHECK (length(chain) = 16),
  body       TEXT NOT NULL
) STRICT;
-- The row of the record that begins at a position, of rows up to meta.log_placed. Written for some thousand records at
-- once: an index is written with each record, and with many orgs on another page each time (docs/decisions/0007).
CREATE TABLE log_place (
  org      INTEGER NOT NULL,
  position INTEGER NOT NULL,
  row      INTEGER NOT NULL,
  PRIMARY KEY (org, position)
) STRICT, WITHOUT ROWID;
-- Append only, but for what retention takes away up to the floor.
CREATE TRIGGER log_updated BEFORE UPDATE ON log
WHEN OLD.position > coalesce((SELECT floor FROM log_placed_head WHERE org = OLD.org), 0) BEGIN
  SELECT RAISE(ABORT, 'the log is append-only');
END;
CREATE TRIGGER log_deleted BEFORE DELETE ON log
WHEN OLD.position > coalesce((SELECT floor FROM log_placed_head WHERE org = OLD.org), 0) BEGIN
  SELECT RAISE(ABORT, 'the log is append-only');
END;
CREATE TRIGGER log_place_deleted AFTER DELETE ON log BEGIN
  DELETE FROM log_place WHERE org = OLD.org AND position = OLD.position;
END;

-- The row of each record, at any time.
CREATE VIEW log_row AS
SELECT org, position, row FROM log_place
UNION ALL
SELECT org, position, row FROM log WHERE row > coalesce((SELECT value FROM meta WHERE key = 'log_placed'), 0);

-- Where the log of each org ends, at any time. With one max() SQLite takes the other columns from the row that has it.
CREATE VIEW log_head AS
SELECT t.org, t.position, t.at, t.chain, coalesce(h.floor, 0) AS floor, coalesce(h.audit_floor, 0) AS audit_floor
FROM (SELECT org, position + count - 1 AS position, at, chain, max(row) AS row FROM log
      WHERE row > coalesce((SELECT value FROM meta WHERE key = 'log_placed'), 0) GROUP BY org) AS t
LEFT JOIN log_placed_head AS h ON h.org = t.org
UNION ALL
SELECT org, position, at, chain, floor, audit_floor FROM log_placed_head
WHERE org NOT IN (SELECT org FROM log WHERE row > coalesce((SELECT value FROM meta WHERE key = 'log_placed'), 0));
CREATE TRIGGER log_head_inserted INSTEAD OF INSERT ON log_head BEGIN
  INSERT INTO log_placed_head VALUES (NEW.org, NEW.position, NEW.at, NEW.chain, NEW.floor, NEW.audit_floor);
END;

-- One row for each change in a record of the catalog: `record` is the position of the record.
CREATE TABLE log_catalog (
  org      INTEGER NOT NULL,
  position INTEGER NOT NULL,
  record   INTEGER NOT NULL,
  resource TEXT NOT NULL,
  id       TEXT NOT NULL,
  PRIMARY KEY (org, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX log_catalog_by_resource ON log_catalog (org, resource, id, position);

CREATE TABLE scorecard (
  org         INTEGER NOT NULL,
  number      INTEGER NOT NULL,
  id          TEXT NOT NULL,
  name        TEXT NOT NULL,
  description TEXT NOT NULL,
  created_at  INTEGER NOT NULL,
  modified_at INTEGER NOT NULL,
  removed     INTEGER NOT NULL CHECK (removed IN (0, 1)),
  position    INTEGER NOT NULL,
  PRIMARY KEY (org, number),
  UNIQUE (org, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE rule (
  org         INTEGER NOT NULL,
  number      INTEGER NOT NULL,
  id          TEXT NOT NULL,
  scorecard   INTEGER NOT NULL,
  name        TEXT NOT NULL,
  description TEXT NOT NULL,
  owner       TEXT NOT NULL,
  scope_query TEXT NOT NULL,
  enabled     INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  level       INTEGER NOT NULL,
  created_at  INTEGER NOT NULL,
  modified_at INTEGER NOT NULL,
  removed     INTEGER NOT NULL CHECK (removed IN (0, 1)),
  position    INTEGER NOT NULL,
  PRIMARY KEY (org, number),
  UNIQUE (org, id),
  FOREIGN KEY (org, scorecard) REFERENCES scorecard (org, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE entity (
  org           INTEGER NOT NULL,
  number        INTEGER NOT NULL,
  kind          TEXT NOT NULL,
  namespace     TEXT NOT NULL,
  name          TEXT NOT NULL,
  discovered_at INTEGER NOT NULL,
  live          INTEGER NOT NULL CHECK (live IN (0, 1)),
  position      INTEGER NOT NULL,
  reference     TEXT GENERATED ALWAYS AS (kind || ':' || namespace || '/' || name) VIRTUAL,
  PRIMARY KEY (org, number)
) STRICT, WITHOUT ROWID;
-- Lists of entities in the order of their names, read from an index alone: hence `live` in it. A name costs an index
-- entry when it is new, which is seldom; a list without the index looked at every entity.
CREATE INDEX entity_by_name ON entity (org, name, kind, namespace, number, live) WHERE live = 1;
-- All spellings of a service's name are one service; lower() is of ASCII letters alone.
CREATE UNIQUE INDEX service_by_name ON entity (org, lower(name))
  WHERE live = 1 AND kind = 'service' AND namespace = 'default';

-- The long texts stand last.
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
  position         INTEGER NOT NULL,
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

-- id is from_entity:type:to_entity. Not a generated column: an index with one in it would not serve alone. Ends are in
-- the spelling that all spellings of a name have in common.
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
  position     INTEGER NOT NULL,
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
  position     INTEGER NOT NULL,
  PRIMARY KEY (org, number),
  UNIQUE (org, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX campaign_by_key ON campaign (org, key) WHERE removed = 0;

-- `position` is the place of the rule in its campaign.
CREATE TABLE campaign_rule (
  org      INTEGER NOT NULL,
  campaign INTEGER NOT NULL,
  position INTEGER NOT NULL,
  rule     INTEGER NOT NULL,
  PRIMARY KEY (org, campaign, position),
  FOREIGN KEY (org, campaign) REFERENCES campaign (org, number),
  FOREIGN KEY (org, rule) REFERENCES rule (org, number)
) STRICT, WITHOUT ROWID;

-- Kept for 30 days.
CREATE TABLE request (
  id             INTEGER PRIMARY KEY,
  org            INTEGER NOT NULL,
  actor_type     TEXT NOT NULL,
  actor          TEXT NOT NULL,
  accepted_at    INTEGER NOT NULL,
  total_received INTEGER NOT NULL,
  total_changed  INTEGER NOT NULL,
  position       INTEGER NOT NULL
) STRICT;

CREATE TABLE last_reported (
  org   INTEGER NOT NULL,
  rule  INTEGER NOT NULL,
  block INTEGER NOT NULL,
  times BLOB NOT NULL,
  PRIMARY KEY (org, rule, block)
) STRICT, WITHOUT ROWID;

-- A change that retention took away is null. A deletion has no state.
CREATE VIEW outcome_history AS
SELECT l.position + c.key AS row,
       o.name AS org,
       s.name AS scorecard,
       r.id AS rule_id,
       r.name AS rule,
       e.reference AS entity,
       CASE c.value ->> 2 WHEN 1 THEN 'pass' WHEN 2 THEN 'fail' WHEN 3 THEN 'skip' END AS state,
       l.body ->> ('$.remarks[' || (c.value ->> 7) || ']') AS remarks,
       strftime('%Y-%m-%dT%H:%M:%S', l.at / 1000000, 'unixepoch')
         || printf('.%06dZ', l.at % 1000000) AS at,
       strftime('%Y-%m-%dT%H:%M:%SZ', l.at / 1000000 - (c.value ->> 5), 'unixepoch') AS first_reported,
       k.name AS key,
       nullif(l.request, 0) AS request,
       nullif(c.value ->> 4, 0) AS previous
FROM log AS l
JOIN json_each(l.body, '$.changes') AS c
LEFT JOIN org AS o ON o.id = l.org
LEFT JOIN rule AS r ON r.org = l.org AND r.number = c.value ->> 0
LEFT JOIN scorecard AS s ON s.org = r.org AND s.number = r.scorecard
LEFT JOIN entity AS e ON e.org = l.org AND e.number = c.value ->> 1
LEFT JOIN key AS k ON l.actor_type = 'key' AND k.id = CAST(l.actor AS INTEGER)
WHERE l.kind = 1 AND c.type = 'array';

-- Reads the whole log, by design: an index of current outcomes would cost more than the log itself. The columns beside
-- max() are those of the row that has it.
CREATE VIEW outcome AS
SELECT c.position AS row,
       o.name AS org,
       s.name AS scorecard,
       r.id AS rule_id,
       r.name AS rule,
       e.reference AS entity,
       CASE c.change ->> 2 WHEN 1 THEN 'pass' WHEN 2 THEN 'fail' WHEN 3 THEN 'skip' END AS state,
       l.body ->> ('$.remarks[' || (c.change ->> 7) || ']') AS remarks,
       strftime('%Y-%m-%dT%H:%M:%S', l.at / 1000000, 'unixepoch')
         || printf('.%06dZ', l.at % 1000000) AS at,
       strftime('%Y-%m-%dT%H:%M:%SZ', l.at / 1000000 - (c.change ->> 5), 'unixepoch') AS first_reported,
       k.name AS key,
       nullif(l.request, 0) AS request,
       nullif(c.change ->> 4, 0) AS previous
FROM (SELECT max(x.position + y.key) AS position, x.row, x.org, y.value ->> 0 AS rule, y.value ->> 1 AS entity,
             y.value AS change
      FROM log AS x
      JOIN json_each(x.body, '$.changes') AS y
      WHERE x.kind = 1 AND y.type = 'array'
      GROUP BY x.org, y.value ->> 0, y.value ->> 1) AS c
JOIN log AS l ON l.row = c.row
JOIN rule AS r ON r.org = c.org AND r.number = c.rule AND r.removed = 0
JOIN scorecard AS s ON s.org = r.org AND s.number = r.scorecard
JOIN entity AS e ON e.org = c.org AND e.number = c.entity
LEFT JOIN org AS o ON o.id = l.org
LEFT JOIN key AS k ON l.actor_type = 'key' AND k.id = CAST(l.actor AS INTEGER)
WHERE c.change ->> 2 <> 0;

CREATE VIEW audit AS
SELECT l.position + c.key AS number,
       o.name AS org,
       strftime('%Y-%m-%dT%H:%M:%S', l.at / 1000000, 'unixepoch')
         || printf('.%06dZ', l.at % 1000000) AS at,
       l.actor_type,
       l.actor,
       k.name AS key,
       nullif(l.request_id, '') AS request,
       c.value ->> 'action' AS action,
       c.value ->> 'resource' AS resource_type,
       c.value ->> 'id' AS resource_id,
       c.value -> 'before' AS before,
       c.value -> 'after' AS after
FROM log AS l
JOIN json_each(l.body) AS c
LEFT JOIN org AS o ON o.id = l.org
LEFT JOIN key AS k ON l.actor_type = 'key' AND k.id = CAST(l.actor AS INTEGER)
WHERE l.kind = 2 AND c.type = 'object';

-- The first schema of the embedded store. docs/formats/store.md tells what each table and field is.
-- Times are microseconds since 1970 unless they say otherwise.

CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value ANY NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE org (
  id         INTEGER PRIMARY KEY,
  name       TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE key (
  id         INTEGER PRIMARY KEY,
  org        INTEGER NOT NULL REFERENCES org (id),
  kind       TEXT NOT NULL CHECK (kind IN ('api', 'application')),
  name       TEXT NOT NULL,
  hash       BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
  scopes     TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT;

-- The running server looks at keys_version: whoever writes a key table moves it, by hand too.
INSERT INTO meta VALUES ('keys_version', 0);
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

CREATE TABLE scorecard (
  org         INTEGER NOT NULL,
  number      INTEGER NOT NULL,
  id          TEXT NOT NULL,
  name        TEXT NOT NULL,
  description TEXT NOT NULL,
  created_at  INTEGER NOT NULL,
  modified_at INTEGER NOT NULL,
  PRIMARY KEY (org, number),
  UNIQUE (org, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE rule (
  org                 INTEGER NOT NULL,
  number              INTEGER NOT NULL,
  id                  TEXT NOT NULL,
  scorecard           INTEGER NOT NULL,
  name                TEXT NOT NULL,
  description         TEXT NOT NULL,
  owner               TEXT NOT NULL,
  scope_query         TEXT NOT NULL,
  enabled             INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  level               INTEGER NOT NULL,
  created_at          INTEGER NOT NULL,
  modified_at         INTEGER NOT NULL,
  removed_at_position INTEGER,
  PRIMARY KEY (org, number),
  UNIQUE (org, id),
  FOREIGN KEY (org, scorecard) REFERENCES scorecard (org, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE entity (
  org                 INTEGER NOT NULL,
  number              INTEGER NOT NULL,
  reference           TEXT NOT NULL,
  discovered_at       INTEGER NOT NULL,
  removed_at_position INTEGER,
  PRIMARY KEY (org, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE request (
  id             INTEGER PRIMARY KEY,
  org            INTEGER NOT NULL,
  key            INTEGER NOT NULL,
  accepted_at    INTEGER NOT NULL,
  total_received INTEGER NOT NULL,
  total_changed  INTEGER NOT NULL,
  position       INTEGER NOT NULL
) STRICT;

-- The ledger. Append only. What the fold at start reads stands first, so that it reads nothing else.
CREATE TABLE outcome_change (
  id             INTEGER PRIMARY KEY,
  org            INTEGER NOT NULL,
  rule           INTEGER NOT NULL,
  entity         INTEGER NOT NULL,
  state          INTEGER NOT NULL,
  first_reported INTEGER NOT NULL,
  hash           INTEGER NOT NULL,
  at             INTEGER NOT NULL,
  previous       INTEGER NOT NULL,
  key            INTEGER NOT NULL,
  request        INTEGER NOT NULL,
  remarks        TEXT NOT NULL
) STRICT;

CREATE TABLE last_reported (
  org   INTEGER NOT NULL,
  rule  INTEGER NOT NULL,
  block INTEGER NOT NULL,
  times BLOB NOT NULL,
  PRIMARY KEY (org, rule, block)
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
CREATE VIEW outcome AS
SELECT h.*
FROM (SELECT max(id) AS id, org, rule, entity FROM outcome_change GROUP BY org, rule, entity) AS l
JOIN rule AS r ON r.org = l.org AND r.number = l.rule AND r.removed_at_position IS NULL
JOIN entity AS e ON e.org = l.org AND e.number = l.entity
  AND (e.removed_at_position IS NULL OR e.removed_at_position < l.id)
JOIN outcome_history AS h ON h.row = l.id;

-- Access tokens are keys of two more kinds, with an owner and an end. docs/formats/store.md tells what each
-- field is.

DROP VIEW audit;
DROP VIEW outcome;
DROP VIEW outcome_history;

CREATE TABLE key_of_any_kind (
  id         INTEGER PRIMARY KEY,
  org        INTEGER NOT NULL REFERENCES org (id),
  kind       TEXT NOT NULL CHECK (kind IN ('api', 'application', 'personal', 'service')),
  name       TEXT NOT NULL,
  owner      TEXT NOT NULL DEFAULT '',
  hash       BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
  scopes     TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER
) STRICT;

INSERT INTO key_of_any_kind (id, org, kind, name, hash, scopes, created_at, revoked_at)
SELECT id, org, kind, name, hash, scopes, created_at, revoked_at FROM key;

-- With its triggers.
DROP TABLE key;
ALTER TABLE key_of_any_kind RENAME TO key;

CREATE TRIGGER key_inserted AFTER INSERT ON key BEGIN
  UPDATE meta SET value = value + 1 WHERE key = 'keys_version';
END;
CREATE TRIGGER key_updated AFTER UPDATE ON key BEGIN
  UPDATE meta SET value = value + 1 WHERE key = 'keys_version';
END;
CREATE TRIGGER key_deleted AFTER DELETE ON key BEGIN
  UPDATE meta SET value = value + 1 WHERE key = 'keys_version';
END;

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

CREATE VIEW audit AS
SELECT a.number,
       o.name AS org,
       strftime('%Y-%m-%dT%H:%M:%S', a.at / 1000000, 'unixepoch')
         || printf('.%06dZ', a.at % 1000000) AS at,
       a.actor_type,
       a.actor,
       k.name AS key,
       nullif(a.request, '') AS request,
       a.action,
       a.resource_type,
       a.resource_id,
       a.before,
       a.after
FROM audit_event AS a
LEFT JOIN org AS o ON o.id = a.org
LEFT JOIN key AS k ON a.actor_type = 'key' AND k.id = CAST(a.actor AS INTEGER);

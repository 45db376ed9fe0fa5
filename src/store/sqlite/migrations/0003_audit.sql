-- The audit log: every change of orgs, keys, scorecards, rules, entities, kinds and campaigns. Append only.
-- docs/formats/store.md tells what each field is.

-- What filters look at stands first, the long texts last.
CREATE TABLE audit_event (
  id            INTEGER PRIMARY KEY,
  org           INTEGER NOT NULL,
  number        INTEGER NOT NULL,
  at            INTEGER NOT NULL,
  actor_type    TEXT NOT NULL,
  actor         TEXT NOT NULL,
  request       TEXT NOT NULL,
  action        TEXT NOT NULL,
  resource_type TEXT NOT NULL,
  resource_id   TEXT NOT NULL,
  before        TEXT NOT NULL,
  after         TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX audit_event_by_number ON audit_event (org, number);
CREATE INDEX audit_event_by_resource ON audit_event (org, resource_type, resource_id, number);

-- A number that is taken would let INSERT OR REPLACE delete an event without a trigger being asked.
CREATE TRIGGER audit_event_inserted BEFORE INSERT ON audit_event
WHEN NEW.id <= (SELECT coalesce(max(id), 0) FROM audit_event)
  OR NEW.number <> 1 + (SELECT coalesce(max(number), 0) FROM audit_event WHERE org = NEW.org)
BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_event_updated BEFORE UPDATE ON audit_event BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_event_deleted BEFORE DELETE ON audit_event BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;

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

-- The schema of the PostgreSQL store. docs/formats/store.md tells what each table and field is.
-- Times are microseconds since 1970 unless they say otherwise. Tables with an org have it first in every key
-- (docs/decisions/0006); meta, secret, org and key belong to no org or are found without one.
-- `position`: of the last change of that row in the log of its org.

CREATE TABLE meta (
  key   text COLLATE "C" PRIMARY KEY,
  value bigint NOT NULL
);
-- The row 'reports' is only ever locked: by whoever writes last_reported.
INSERT INTO meta VALUES ('keys_version', 0), ('requests_reserved', 0), ('reports', 0);

CREATE TABLE secret (
  name  text COLLATE "C" PRIMARY KEY,
  value bytea NOT NULL
);

CREATE TABLE org (
  id         integer PRIMARY KEY,
  name       text COLLATE "C" NOT NULL UNIQUE,
  created_at bigint NOT NULL,
  position   bigint NOT NULL
);

CREATE TABLE key (
  id         integer PRIMARY KEY,
  org        integer NOT NULL REFERENCES org (id),
  kind       text COLLATE "C" NOT NULL CHECK (kind IN ('api', 'application', 'personal', 'service')),
  name       text COLLATE "C" NOT NULL,
  owner      text COLLATE "C" NOT NULL DEFAULT '',
  hash       bytea NOT NULL UNIQUE CHECK (length(hash) = 32),
  scopes     text COLLATE "C" NOT NULL,
  created_at bigint NOT NULL,
  expires_at bigint,
  revoked_at bigint,
  position   bigint NOT NULL
);

-- The running servers look at keys_version: whoever writes a key table moves it, by hand too.
CREATE FUNCTION keys_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE meta SET value = value + 1 WHERE meta.key = 'keys_version';
  RETURN NULL;
END $$;
CREATE TRIGGER org_changed AFTER INSERT OR UPDATE OR DELETE ON org
  FOR EACH STATEMENT EXECUTE FUNCTION keys_changed();
CREATE TRIGGER key_changed AFTER INSERT OR UPDATE OR DELETE ON key
  FOR EACH STATEMENT EXECUTE FUNCTION keys_changed();

-- One row an org orders all that is written of it: whoever appends to its log locks this row first.
CREATE TABLE log_head (
  org      integer PRIMARY KEY,
  position bigint NOT NULL DEFAULT 0,
  at       bigint NOT NULL DEFAULT 0,
  chain    bytea NOT NULL DEFAULT '\x00000000000000000000000000000000' CHECK (length(chain) = 16),
  floor    bigint NOT NULL DEFAULT 0,
  -- The same for the changes of the catalog.
  audit_floor bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

-- The logs: docs/formats/log.md. Append only, but for changes up to the floor of the head. Fixed fields of eight
-- bytes first: no padding.
CREATE TABLE log (
  position   bigint NOT NULL,
  at         bigint NOT NULL,
  request    bigint NOT NULL,
  org        integer NOT NULL,
  count      integer NOT NULL CHECK (count > 0),
  kind       smallint NOT NULL,
  group_end  smallint NOT NULL CHECK (group_end IN (0, 1)),
  actor_type text COLLATE "C" NOT NULL,
  actor      text COLLATE "C" NOT NULL,
  request_id text COLLATE "C" NOT NULL,
  chain      bytea NOT NULL CHECK (length(chain) = 16),
  body       text COLLATE "C" NOT NULL,
  PRIMARY KEY (org, position)
);
-- A body stays in its row, where one look finds it. lz4 takes half of the processor time of pglz for the same bytes; a
-- PostgreSQL that was built without it goes on with pglz.
ALTER TABLE log ALTER body SET STORAGE MAIN;
DO $$
BEGIN
  ALTER TABLE log ALTER body SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN NULL;
END $$;
CREATE FUNCTION log_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'TRUNCATE'
    OR OLD.position > coalesce((SELECT h.floor FROM log_head AS h WHERE h.org = OLD.org), 0) THEN
    RAISE EXCEPTION 'the log is append-only';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER log_changed BEFORE UPDATE OR DELETE ON log
  FOR EACH ROW EXECUTE FUNCTION log_is_append_only();
CREATE TRIGGER log_emptied BEFORE TRUNCATE ON log
  FOR EACH STATEMENT EXECUTE FUNCTION log_is_append_only();

-- One row for each change in a record of the catalog: `record` is the position of the record.
CREATE TABLE log_catalog (
  org      integer NOT NULL,
  position bigint NOT NULL,
  record   bigint NOT NULL,
  resource text COLLATE "C" NOT NULL,
  id       text COLLATE "C" NOT NULL,
  PRIMARY KEY (org, position)
);
-- An id may be longer than an index row: hashes find, rows tell.
CREATE INDEX log_catalog_by_resource ON log_catalog (org, resource, md5(id), position);

CREATE TABLE scorecard (
  org         integer NOT NULL,
  number      integer NOT NULL,
  id          text COLLATE "C" NOT NULL,
  name        text COLLATE "C" NOT NULL,
  description text COLLATE "C" NOT NULL,
  created_at  bigint NOT NULL,
  modified_at bigint NOT NULL,
  removed     integer NOT NULL CHECK (removed IN (0, 1)),
  position    bigint NOT NULL,
  PRIMARY KEY (org, number),
  UNIQUE (org, id)
);

CREATE TABLE rule (
  org         integer NOT NULL,
  number      integer NOT NULL,
  id          text COLLATE "C" NOT NULL,
  scorecard   integer NOT NULL,
  name        text COLLATE "C" NOT NULL,
  description text COLLATE "C" NOT NULL,
  owner       text COLLATE "C" NOT NULL,
  scope_query text COLLATE "C" NOT NULL,
  enabled     integer NOT NULL CHECK (enabled IN (0, 1)),
  level       integer NOT NULL,
  created_at  bigint NOT NULL,
  modified_at bigint NOT NULL,
  removed     integer NOT NULL CHECK (removed IN (0, 1)),
  position    bigint NOT NULL,
  PRIMARY KEY (org, number),
  UNIQUE (org, id),
  FOREIGN KEY (org, scorecard) REFERENCES scorecard (org, number)
);

CREATE TABLE entity (
  org           integer NOT NULL,
  number        integer NOT NULL,
  kind          text COLLATE "C" NOT NULL,
  namespace     text COLLATE "C" NOT NULL,
  name          text COLLATE "C" NOT NULL,
  discovered_at bigint NOT NULL,
  live          integer NOT NULL CHECK (live IN (0, 1)),
  position      bigint NOT NULL,
  PRIMARY KEY (org, number)
);
-- Lists of entities in the order of their names, read from an index alone. A name costs an index entry when it is
-- new, which is seldom; a list without the index looked at every entity.
CREATE INDEX entity_by_name ON entity (org, name, kind, namespace, number) WHERE live = 1;
-- All spellings of a service's name are one service; lower() of collation "C" is of ASCII letters alone.
CREATE UNIQUE INDEX service_by_name ON entity (org, lower(name))
  WHERE live = 1 AND kind = 'service' AND namespace = 'default';

CREATE TABLE entity_definition (
  org              integer NOT NULL,
  number           integer NOT NULL,
  owner            text COLLATE "C" NOT NULL,
  tier             text COLLATE "C" NOT NULL,
  lifecycle        text COLLATE "C" NOT NULL,
  type             text COLLATE "C" NOT NULL,
  languages        text COLLATE "C" NOT NULL,
  tags             text COLLATE "C" NOT NULL,
  kind             text COLLATE "C" NOT NULL,
  namespace        text COLLATE "C" NOT NULL,
  name             text COLLATE "C" NOT NULL,
  created_at       bigint NOT NULL,
  modified_at      bigint NOT NULL,
  api_version      text COLLATE "C" NOT NULL,
  ingestion_source text COLLATE "C" NOT NULL,
  display_name     text COLLATE "C" NOT NULL,
  description      text COLLATE "C" NOT NULL,
  schema           text COLLATE "C" NOT NULL,
  raw              text COLLATE "C" NOT NULL,
  position         bigint NOT NULL,
  PRIMARY KEY (org, number),
  FOREIGN KEY (org, number) REFERENCES entity (org, number)
);
CREATE INDEX definition_by_name ON entity_definition (org, name, kind, namespace, number);
CREATE INDEX definition_by_kind ON entity_definition (org, kind, name, namespace, number);
-- An owner may be longer than an index row.
CREATE INDEX definition_by_owner ON entity_definition (org, md5(owner));

-- id is from_entity:type:to_entity; `row` is the place among the relations of the definition.
CREATE TABLE relation (
  org         integer NOT NULL,
  defined_by  integer NOT NULL,
  row         integer NOT NULL,
  id          text COLLATE "C" NOT NULL,
  type        text COLLATE "C" NOT NULL,
  from_entity text COLLATE "C" NOT NULL,
  to_entity   text COLLATE "C" NOT NULL,
  PRIMARY KEY (org, defined_by, row),
  FOREIGN KEY (org, defined_by) REFERENCES entity_definition (org, number)
);
-- Three references of 1,024 bytes would be more than an index row may have: hashes find, rows tell.
CREATE INDEX relation_by_id ON relation (org, md5(id));
CREATE INDEX relation_by_from ON relation (org, md5(from_entity));
CREATE INDEX relation_by_to ON relation (org, md5(to_entity));
CREATE INDEX relation_by_type ON relation (org, type);
-- The order of a list of relations: an id may be longer than an index row, and ids are in the order of their
-- beginnings first.
CREATE INDEX relation_in_order ON relation (org, left(id, 512));

CREATE TABLE kind (
  org          integer NOT NULL,
  name         text COLLATE "C" NOT NULL,
  display_name text COLLATE "C" NOT NULL,
  description  text COLLATE "C" NOT NULL,
  created_at   bigint NOT NULL,
  modified_at  bigint NOT NULL,
  position     bigint NOT NULL,
  PRIMARY KEY (org, name)
);

CREATE TABLE campaign (
  org          integer NOT NULL,
  number       integer NOT NULL,
  id           text COLLATE "C" NOT NULL,
  key          text COLLATE "C" NOT NULL,
  name         text COLLATE "C" NOT NULL,
  description  text COLLATE "C" NOT NULL,
  owner_id     text COLLATE "C" NOT NULL,
  entity_scope text COLLATE "C" NOT NULL,
  guidance     text COLLATE "C" NOT NULL,
  status       integer NOT NULL,
  start_date   bigint NOT NULL,
  due_date     bigint,
  created_at   bigint NOT NULL,
  modified_at  bigint NOT NULL,
  removed      integer NOT NULL CHECK (removed IN (0, 1)),
  position     bigint NOT NULL,
  PRIMARY KEY (org, number),
  UNIQUE (org, id)
);
CREATE UNIQUE INDEX campaign_by_key ON campaign (org, key) WHERE removed = 0;

CREATE TABLE campaign_rule (
  org      integer NOT NULL,
  campaign integer NOT NULL,
  position integer NOT NULL,
  rule     integer NOT NULL,
  PRIMARY KEY (org, campaign, position),
  FOREIGN KEY (org, campaign) REFERENCES campaign (org, number),
  FOREIGN KEY (org, rule) REFERENCES rule (org, number)
);

-- Kept for 30 days.
CREATE TABLE request (
  org            integer NOT NULL,
  id             bigint NOT NULL,
  actor_type     text COLLATE "C" NOT NULL,
  actor          text COLLATE "C" NOT NULL,
  accepted_at    bigint NOT NULL,
  total_received integer NOT NULL,
  total_changed  integer NOT NULL,
  position       bigint NOT NULL,
  PRIMARY KEY (org, id)
);
CREATE INDEX request_by_time ON request (accepted_at);

CREATE TABLE last_reported (
  org      integer NOT NULL,
  rule     integer NOT NULL,
  block    integer NOT NULL,
  times    bytea NOT NULL,
  saved_at bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (org, rule, block)
);
CREATE INDEX last_reported_by_time ON last_reported (saved_at);

-- Null: a change that retention took away.
CREATE VIEW outcome_history AS
SELECT l.position + c.n - 1 AS row,
       o.name AS org,
       s.name AS scorecard,
       r.id AS rule_id,
       r.name AS rule,
       e.kind || ':' || e.namespace || '/' || e.name AS entity,
       CASE c.change ->> 2 WHEN '1' THEN 'pass' WHEN '2' THEN 'fail' WHEN '3' THEN 'skip' END AS state,
       l.body::json -> 'remarks' ->> (c.change ->> 7)::integer AS remarks,
       to_char(to_timestamp(0) AT TIME ZONE 'UTC' + l.at * interval '1 microsecond',
               'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at,
       to_char(to_timestamp(l.at / 1000000 - (c.change ->> 5)::bigint) AT TIME ZONE 'UTC',
               'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS first_reported,
       k.name AS key,
       nullif(l.request, 0) AS request,
       nullif((c.change ->> 4)::bigint, 0) AS previous
FROM log AS l
CROSS JOIN LATERAL json_array_elements(l.body::json -> 'changes') WITH ORDINALITY AS c(change, n)
LEFT JOIN org AS o ON o.id = l.org
LEFT JOIN rule AS r ON r.org = l.org AND r.number = (c.change ->> 0)::integer
LEFT JOIN scorecard AS s ON s.org = r.org AND s.number = r.scorecard
LEFT JOIN entity AS e ON e.org = l.org AND e.number = (c.change ->> 1)::integer
LEFT JOIN key AS k ON l.actor_type = 'key' AND k.id::text = l.actor
WHERE l.kind = 1 AND json_typeof(c.change) <> 'null';

-- Reads the whole log, by design: an index of current outcomes would cost more than the log itself.
CREATE VIEW outcome AS
SELECT c.position AS row,
       o.name AS org,
       s.name AS scorecard,
       r.id AS rule_id,
       r.name AS rule,
       e.kind || ':' || e.namespace || '/' || e.name AS entity,
       CASE c.change ->> 2 WHEN '1' THEN 'pass' WHEN '2' THEN 'fail' WHEN '3' THEN 'skip' END AS state,
       l.body::json -> 'remarks' ->> (c.change ->> 7)::integer AS remarks,
       to_char(to_timestamp(0) AT TIME ZONE 'UTC' + l.at * interval '1 microsecond',
               'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at,
       to_char(to_timestamp(l.at / 1000000 - (c.change ->> 5)::bigint) AT TIME ZONE 'UTC',
               'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS first_reported,
       k.name AS key,
       nullif(l.request, 0) AS request,
       nullif((c.change ->> 4)::bigint, 0) AS previous
FROM (SELECT DISTINCT ON (x.org, (y.change ->> 0)::integer, (y.change ->> 1)::integer)
             x.org, x.position AS record, x.position + y.n - 1 AS position, y.change
      FROM log AS x
      CROSS JOIN LATERAL json_array_elements(x.body::json -> 'changes') WITH ORDINALITY AS y(change, n)
      WHERE x.kind = 1 AND json_typeof(y.change) <> 'null'
      ORDER BY x.org, (y.change ->> 0)::integer, (y.change ->> 1)::integer, x.position + y.n DESC) AS c
JOIN log AS l ON l.org = c.org AND l.position = c.record
JOIN rule AS r ON r.org = c.org AND r.number = (c.change ->> 0)::integer AND r.removed = 0
JOIN entity AS e ON e.org = c.org AND e.number = (c.change ->> 1)::integer
JOIN scorecard AS s ON s.org = r.org AND s.number = r.scorecard
LEFT JOIN org AS o ON o.id = l.org
LEFT JOIN key AS k ON l.actor_type = 'key' AND k.id::text = l.actor
WHERE c.change ->> 2 <> '0';

CREATE VIEW audit AS
SELECT l.position + c.n - 1 AS number,
       o.name AS org,
       to_char(to_timestamp(0) AT TIME ZONE 'UTC' + l.at * interval '1 microsecond',
               'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at,
       l.actor_type,
       l.actor,
       k.name AS key,
       nullif(l.request_id, '') AS request,
       c.change ->> 'action' AS action,
       c.change ->> 'resource' AS resource_type,
       c.change ->> 'id' AS resource_id,
       c.change -> 'before' AS before,
       c.change -> 'after' AS after
FROM log AS l
CROSS JOIN LATERAL json_array_elements(l.body::json) WITH ORDINALITY AS c(change, n)
LEFT JOIN org AS o ON o.id = l.org
LEFT JOIN key AS k ON l.actor_type = 'key' AND k.id::text = l.actor
WHERE l.kind = 2 AND json_typeof(c.change) <> 'null';

-- The first schema of the PostgreSQL store. docs/formats/store.md tells what each table and field is.
-- Times are microseconds since 1970 unless they say otherwise. Tables with an org have it first in every key
-- (docs/decisions/0006); meta, secret, org and key belong to no org or are found without one.

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
  created_at bigint NOT NULL
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
  revoked_at bigint
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

-- One row an org orders all that is written of it: whoever writes locks it first. last_id counts rows of the
-- ledger and changes of the catalog alike; last_event counts the audit log.
CREATE TABLE ledger_head (
  org        integer PRIMARY KEY,
  last_id    bigint NOT NULL DEFAULT 0,
  last_at    bigint NOT NULL DEFAULT 0,
  last_event bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

-- `position` in the tables of the catalog: the position of the last change of that row. What a server has not
-- seen yet is behind its own.
CREATE TABLE scorecard (
  org         integer NOT NULL,
  number      integer NOT NULL,
  id          text COLLATE "C" NOT NULL,
  name        text COLLATE "C" NOT NULL,
  description text COLLATE "C" NOT NULL,
  created_at  bigint NOT NULL,
  modified_at bigint NOT NULL,
  position    bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (org, number),
  UNIQUE (org, id)
);
CREATE INDEX scorecard_by_position ON scorecard (org, position);

CREATE TABLE rule (
  org                 integer NOT NULL,
  number              integer NOT NULL,
  id                  text COLLATE "C" NOT NULL,
  scorecard           integer NOT NULL,
  name                text COLLATE "C" NOT NULL,
  description         text COLLATE "C" NOT NULL,
  owner               text COLLATE "C" NOT NULL,
  scope_query         text COLLATE "C" NOT NULL,
  enabled             integer NOT NULL CHECK (enabled IN (0, 1)),
  level               integer NOT NULL,
  created_at          bigint NOT NULL,
  modified_at         bigint NOT NULL,
  removed_at_position bigint,
  position            bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (org, number),
  UNIQUE (org, id),
  FOREIGN KEY (org, scorecard) REFERENCES scorecard (org, number)
);
CREATE INDEX rule_by_position ON rule (org, position);

CREATE TABLE entity (
  org                 integer NOT NULL,
  number              integer NOT NULL,
  kind                text COLLATE "C" NOT NULL,
  namespace           text COLLATE "C" NOT NULL,
  name                text COLLATE "C" NOT NULL,
  discovered_at       bigint NOT NULL,
  removed_at_position bigint,
  live                integer NOT NULL DEFAULT 1 CHECK (live IN (0, 1)),
  position            bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (org, number)
);
CREATE INDEX entity_by_position ON entity (org, position);

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
  position         bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (org, number),
  FOREIGN KEY (org, number) REFERENCES entity (org, number)
);
CREATE INDEX definition_by_position ON entity_definition (org, position);
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

-- A kind that was removed stays, so that other servers learn of it.
CREATE TABLE kind (
  org          integer NOT NULL,
  name         text COLLATE "C" NOT NULL,
  display_name text COLLATE "C" NOT NULL,
  description  text COLLATE "C" NOT NULL,
  created_at   bigint NOT NULL,
  modified_at  bigint NOT NULL,
  removed      integer NOT NULL DEFAULT 0 CHECK (removed IN (0, 1)),
  position     bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (org, name)
);
CREATE INDEX kind_by_position ON kind (org, position);

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
  position     bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (org, number),
  UNIQUE (org, id)
);
CREATE UNIQUE INDEX campaign_by_key ON campaign (org, key) WHERE removed = 0;
CREATE INDEX campaign_by_position ON campaign (org, position);

CREATE TABLE campaign_rule (
  org      integer NOT NULL,
  campaign integer NOT NULL,
  position integer NOT NULL,
  rule     integer NOT NULL,
  PRIMARY KEY (org, campaign, position),
  FOREIGN KEY (org, campaign) REFERENCES campaign (org, number),
  FOREIGN KEY (org, rule) REFERENCES rule (org, number)
);

CREATE TABLE request (
  org            integer NOT NULL,
  id             bigint NOT NULL,
  key            integer NOT NULL,
  accepted_at    bigint NOT NULL,
  total_received integer NOT NULL,
  total_changed  integer NOT NULL,
  position       bigint NOT NULL,
  PRIMARY KEY (org, id)
);
CREATE INDEX request_by_time ON request (accepted_at);

-- The changes of the catalog that were committed, for a server that did not hear the answer to its COMMIT.
CREATE TABLE catalog_commit (
  org      integer NOT NULL,
  position bigint NOT NULL,
  token    bigint NOT NULL,
  at       bigint NOT NULL,
  PRIMARY KEY (org, position)
);
CREATE INDEX catalog_commit_by_time ON catalog_commit (at);

-- The ledger. Append only. Fixed fields of eight bytes first: no padding.
CREATE TABLE outcome_change (
  id             bigint NOT NULL,
  hash           bigint NOT NULL,
  at             bigint NOT NULL,
  previous       bigint NOT NULL,
  request        bigint NOT NULL,
  first_reported bigint NOT NULL,
  org            integer NOT NULL,
  rule           integer NOT NULL,
  entity         integer NOT NULL,
  key            integer NOT NULL,
  state          smallint NOT NULL,
  remarks        text COLLATE "C" NOT NULL,
  PRIMARY KEY (org, id)
) PARTITION BY HASH (org);
CREATE TABLE outcome_change_0 PARTITION OF outcome_change FOR VALUES WITH (MODULUS 4, REMAINDER 0);
CREATE TABLE outcome_change_1 PARTITION OF outcome_change FOR VALUES WITH (MODULUS 4, REMAINDER 1);
CREATE TABLE outcome_change_2 PARTITION OF outcome_change FOR VALUES WITH (MODULUS 4, REMAINDER 2);
CREATE TABLE outcome_change_3 PARTITION OF outcome_change FOR VALUES WITH (MODULUS 4, REMAINDER 3);

CREATE TABLE last_reported (
  org   integer NOT NULL,
  rule  integer NOT NULL,
  block integer NOT NULL,
  times    bytea NOT NULL,
  saved_at bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (org, rule, block)
);
CREATE INDEX last_reported_by_time ON last_reported (saved_at);

-- The audit log. Append only. What filters look at stands first, the long texts last.
CREATE TABLE audit_event (
  org           integer NOT NULL,
  number        bigint NOT NULL,
  at            bigint NOT NULL,
  actor_type    text COLLATE "C" NOT NULL,
  actor         text COLLATE "C" NOT NULL,
  request       text COLLATE "C" NOT NULL,
  action        text COLLATE "C" NOT NULL,
  resource_type text COLLATE "C" NOT NULL,
  resource_id   text COLLATE "C" NOT NULL,
  before        text COLLATE "C" NOT NULL,
  after         text COLLATE "C" NOT NULL,
  PRIMARY KEY (org, number)
);
CREATE INDEX audit_event_by_resource ON audit_event (org, resource_type, md5(resource_id), number);
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is append-only';
END $$;
CREATE TRIGGER audit_event_changed BEFORE UPDATE OR DELETE ON audit_event
  FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_event_emptied BEFORE TRUNCATE ON audit_event
  FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();

CREATE VIEW outcome_history AS
SELECT c.id AS row,
       o.name AS org,
       s.name AS scorecard,
       r.id AS rule_id,
       r.name AS rule,
       e.kind || ':' || e.namespace || '/' || e.name AS entity,
       CASE c.state WHEN 1 THEN 'pass' WHEN 2 THEN 'fail' WHEN 3 THEN 'skip' END AS state,
       c.remarks,
       to_char(to_timestamp(0) AT TIME ZONE 'UTC' + c.at * interval '1 microsecond',
               'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at,
       to_char(to_timestamp(c.first_reported) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS first_reported,
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
SELECT c.id AS row,
       o.name AS org,
       s.name AS scorecard,
       r.id AS rule_id,
       r.name AS rule,
       e.kind || ':' || e.namespace || '/' || e.name AS entity,
       CASE c.state WHEN 1 THEN 'pass' WHEN 2 THEN 'fail' WHEN 3 THEN 'skip' END AS state,
       c.remarks,
       to_char(to_timestamp(0) AT TIME ZONE 'UTC' + c.at * interval '1 microsecond',
               'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at,
       to_char(to_timestamp(c.first_reported) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS first_reported,
       k.name AS key,
       c.request,
       nullif(c.previous, 0) AS previous
FROM (SELECT max(id) AS id, org, rule, entity FROM outcome_change GROUP BY org, rule, entity) AS l
JOIN outcome_change AS c ON c.org = l.org AND c.id = l.id
JOIN rule AS r ON r.org = l.org AND r.number = l.rule AND r.removed_at_position IS NULL
JOIN entity AS e ON e.org = l.org AND e.number = l.entity
  AND (e.removed_at_position IS NULL OR e.removed_at_position < l.id)
JOIN scorecard AS s ON s.org = r.org AND s.number = r.scorecard
LEFT JOIN org AS o ON o.id = l.org
LEFT JOIN key AS k ON k.id = c.key;

CREATE VIEW audit AS
SELECT a.number,
       o.name AS org,
       to_char(to_timestamp(0) AT TIME ZONE 'UTC' + a.at * interval '1 microsecond',
               'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at,
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
LEFT JOIN key AS k ON a.actor_type = 'key' AND k.id::text = a.actor;

-- A table of current outcomes, and what each of them was before: the schema of the peer.
CREATE TABLE rule (
  number integer PRIMARY KEY,
  id     text NOT NULL UNIQUE,
  name   text NOT NULL
);

CREATE TABLE outcome (
  rule        integer NOT NULL,
  entity      text NOT NULL,
  state       text NOT NULL,
  remarks     text NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  modified_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (rule, entity)
);

CREATE TABLE outcome_history (
  id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  rule    integer NOT NULL,
  entity  text NOT NULL,
  state   text NOT NULL,
  remarks text NOT NULL,
  at      timestamptz NOT NULL DEFAULT now()
);

"""Checks what must hold after a crash: through the API of the restarted server, and in the file of
a stopped one."""

import sqlite3

from load import OUTCOMES, RULES, apply


class Broken(Exception):
    """A promise was not kept."""


def _require(condition, text):
    if not condition:
        raise Broken(text)


def verify_server(server, load, promises):
    """Compares the server with what it acknowledged, settles what was open, and looks up those
    promises."""
    with server.client() as client:
        _verify_outcomes(client, load)
        _verify_rules(client, load.rule_maker)
        for promise in promises:
            _verify_promise(client, promise)


def _verify_outcomes(client, load):
    actual = {}
    for item in client.list_all(OUTCOMES):
        attributes = item["attributes"]
        cell = (item["relationships"]["rule"]["data"]["id"], attributes["entity_reference"])
        _require(cell not in actual, f"{cell} is listed twice")
        actual[cell] = (attributes["state"], attributes.get("remarks", ""))
    for pusher in load.pushers:
        begin = f"service:default/{pusher.name}-"
        own = {cell: actual.pop(cell) for cell in list(actual) if cell[1].startswith(begin)}
        _settle(pusher, own)
    _require(not actual, f"outcomes that nobody reported: {list(actual.items())[:5]}")


def _settle(pusher, actual):
    """The pusher's outcomes are those acknowledged, or those and the whole of the open batch."""
    if actual == pusher.cells:
        stored = False
    else:
        _require(pusher.open_batch is not None, _difference(pusher.name, pusher.cells, actual))
        with_batch = dict(pusher.cells)
        apply(pusher.open_batch, with_batch)
        _require(actual == with_batch,
                 "with the open batch: " + _difference(pusher.name, with_batch, actual)
                 + "\nwithout it: " + _difference(pusher.name, pusher.cells, actual))
        pusher.cells = with_batch
        stored = True
    if pusher.open_batch is not None:
        pusher.settled[stored] += 1
        # A real client sends again what it got no answer for: that must not count twice.
        if pusher.random.random() < 0.5:
            pusher.resend = pusher.open_batch
    pusher.open_batch = None


def _difference(name, expected, actual):
    lines = [f"{cell}: expected {expected.get(cell)}, got {actual.get(cell)}"
             for cell in sorted(expected.keys() | actual.keys())
             if expected.get(cell) != actual.get(cell)]
    return f"{name}: {len(lines)} outcomes differ:\n  " + "\n  ".join(lines[:5])


def _verify_rules(client, maker):
    actual = {item["id"]: item["attributes"]["name"] for item in client.list_all(RULES)
              if item["attributes"]["scorecard_name"] == "Made"}
    allowed = [dict(maker.names)]
    if maker.open_change:
        kind, *rest = maker.open_change
        done = dict(maker.names)
        if kind == "create":
            done.update({key: name for key, name in actual.items() if name == rest[0]})
        elif kind == "update":
            done[rest[0]] = rest[1]
        else:
            done.pop(rest[0])
        allowed.append(done)
    _require(actual in allowed, f"rules: {actual}\nacknowledged: {maker.names}, "
             f"open: {maker.open_change}")
    maker.names = actual
    maker.open_change = None


def _verify_promise(client, promise):
    answer = client.call("GET", f"/api/v2/scorecard/async-requests/{promise.request_id}")
    _require(answer.status == 200, f"request {promise.request_id}: {answer}")
    attributes = answer.json["data"]["attributes"]
    found = (attributes["status"], attributes["total_received"], attributes["total_changed"])
    expected = ("completed", promise.received, promise.changed)
    _require(found == expected, f"request {promise.request_id}: expected {expected}, got {found}")


TWICE = "a change that is stored twice (each has remarks of its own)"
# Each query returns what is wrong.
QUERIES = {
    "a row whose previous is not the row before it of the same outcome": """
        SELECT * FROM (SELECT row, coalesce(previous, 0) AS previous,
          coalesce(lag(CASE WHEN state IS NULL THEN 0 ELSE row END) OVER
            (PARTITION BY org, rule_id, entity ORDER BY row), 0) AS before FROM outcome_history)
        WHERE previous <> before""",
    "a row that changes nothing": """
        WITH c AS MATERIALIZED (SELECT * FROM outcome_history)
        SELECT c.row FROM c JOIN c AS p ON p.row = c.previous AND p.org = c.org
        WHERE c.state = p.state AND c.remarks = p.remarks""",
    TWICE: """
        SELECT remarks, count(*) FROM outcome_history WHERE state IS NOT NULL
        GROUP BY remarks HAVING count(*) > 1""",
    "a trace of a refused batch": """
        SELECT 'row', row FROM outcome_history WHERE remarks LIKE 'refused%'
        UNION ALL SELECT 'entity', number FROM entity WHERE reference LIKE '%refused%'""",
    "a row without its request, entity or rule": """
        SELECT row FROM outcome_history
        WHERE rule_id IS NULL OR entity IS NULL
           OR state IS NOT NULL AND request NOT IN (SELECT id FROM request)""",
    "an entity that is there twice": """
        SELECT org, reference FROM entity GROUP BY org, reference HAVING count(*) > 1""",
    "a request whose total_changed is not the number of its rows": """
        WITH c AS (SELECT request, sum(count) AS count FROM log WHERE kind = 1 GROUP BY request)
        SELECT r.id, r.total_changed, c.count FROM request AS r
        LEFT JOIN c ON c.request = r.id WHERE r.total_changed <> coalesce(c.count, 0)""",
    "a time that runs backwards": """
        SELECT row FROM (SELECT row, at, lag(at) OVER (PARTITION BY org ORDER BY position) AS before
          FROM log) WHERE at < before""",
    "a log whose last record is no end of a group, or not where its head is": """
        SELECT h.org FROM log_head AS h LEFT JOIN log AS l
          ON l.org = h.org AND l.position + l.count - 1 = h.position
            AND l.at = h.at AND l.chain = h.chain AND l.group_end = 1
        WHERE l.org IS NULL""",
}


def verify_file(database, load):
    """The file of a server that was stopped: nothing else may have it open. Returns counts."""
    connection = sqlite3.connect(f"file:{database}?immutable=1", uri=True)
    try:
        (result,) = connection.execute("PRAGMA integrity_check").fetchone()
        _require(result == "ok", f"integrity_check: {result}")
        return verify_rows(lambda query: connection.execute(query).fetchall(), QUERIES, load)
    finally:
        connection.close()


def verify_rows(run, queries, load):
    """Checks a store by run(QUERY): rows as the queries want them, and those of the load.
    Returns counts."""
    for what, query in queries.items():
        rows = run(query)
        _require(not rows, f"{what}: {rows[:5]}")
    view = run("SELECT rule_id, entity, state, remarks FROM outcome")
    outcomes = {(rule, entity): (state, remarks) for rule, entity, state, remarks in view}
    expected = {cell: value for pusher in load.pushers for cell, value in pusher.cells.items()}
    _require(outcomes == expected, _difference("view outcome", expected, outcomes))
    requests = int(run("SELECT count(*) FROM request")[0][0])
    acknowledged = sum(len(pusher.promises) for pusher in load.pushers)
    opened = sum(sum(pusher.settled.values()) for pusher in load.pushers)
    _require(acknowledged <= requests <= acknowledged + opened,
             f"{requests} requests are stored, {acknowledged} were acknowledged, {opened} open")
    changes = int(run("SELECT count(*) FROM outcome_history")[0][0])
    return {"requests stored": requests, "changes stored": changes, "outcomes": len(outcomes)}

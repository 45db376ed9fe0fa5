"""Checks what must hold after every test: everything acknowledged is in the database exactly once,
and all servers show it."""

import collections

POSITION = "scorekeeper-position"
MIN_POSITION = "scorekeeper-min-position"
OUTCOMES = "/api/v2/scorecard/outcomes"
REQUESTS = "/api/v2/scorecard/async-requests"
REQUESTS_LOOKED_UP = 150

# The changes of outcomes, a row each.
CHANGES = """
  WITH change AS (SELECT l.org, l.position + c.n - 1 AS id, l.at, l.request,
      (c.body ->> 0)::integer AS rule, (c.body ->> 1)::integer AS entity,
      (c.body ->> 2)::integer AS state, (c.body ->> 3)::integer AS before,
      (c.body ->> 4)::bigint AS previous,
      l.body::json -> 'remarks' ->> (c.body ->> 7)::integer AS remarks
    FROM log AS l CROSS JOIN LATERAL
      json_array_elements(l.body::json -> 'changes') WITH ORDINALITY AS c(body, n)
    WHERE l.kind = 1)"""

# Each query returns what is wrong.
QUERIES = {
    "a change whose previous is not the one before it of the same outcome": CHANGES + """
        SELECT * FROM (SELECT id, previous, coalesce(lag(id) OVER
          (PARTITION BY org, rule, entity ORDER BY id), 0) AS before FROM change) AS rows
        WHERE previous <> before""",
    "a change whose state before is not that of the one before it": CHANGES + """
        SELECT * FROM (SELECT id, before, coalesce(lag(state) OVER
          (PARTITION BY org, rule, entity ORDER BY id), 0) AS was FROM change) AS rows
        WHERE before <> was""",
    "a change that changes nothing": CHANGES + """
        SELECT c.id FROM change AS c JOIN change AS p ON p.org = c.org AND p.id = c.previous
        WHERE c.state = p.state AND c.remarks = p.remarks""",
    "a trace of a refused batch": CHANGES + """
        SELECT 'change', id FROM change WHERE remarks LIKE 'refused%'
        UNION ALL SELECT 'entity', number FROM entity WHERE name LIKE 'refused%'""",
    "a reported change without its request, entity or rule": CHANGES + """
        SELECT id FROM change AS c WHERE c.request > 0 AND (
           NOT EXISTS (SELECT 1 FROM request AS r WHERE r.id = c.request AND r.org = c.org)
           OR NOT EXISTS (SELECT 1 FROM entity AS e WHERE e.org = c.org AND e.number = c.entity)
           OR NOT EXISTS (SELECT 1 FROM rule AS r WHERE r.org = c.org AND r.number = c.rule))""",
    "an entity that is there twice": """
        SELECT org, kind, namespace, name FROM entity GROUP BY org, kind, namespace, name
        HAVING count(*) > 1""",
    "a request number that is there twice": """
        SELECT id FROM request GROUP BY id HAVING count(*) > 1""",
    "a request whose total_changed is not the number of its changes": CHANGES + """
        SELECT r.org, r.id, r.total_changed, count(c.id) FROM request AS r
        LEFT JOIN change AS c ON c.org = r.org AND c.request = r.id
        GROUP BY r.org, r.id, r.total_changed HAVING r.total_changed <> count(c.id)""",
    "a time that does not grow from group to group, or differs in one": """
        SELECT org, position FROM (SELECT org, position, at, lag(at) OVER log AS before,
            lag(group_end) OVER log AS ended
          FROM log WINDOW log AS (PARTITION BY org ORDER BY position)) AS records
        WHERE CASE ended WHEN 1 THEN at <= before WHEN 0 THEN at <> before END""",
    "a request's time that is not its changes', or before the end of its log": """
        SELECT r.org, r.id, r.accepted_at, l.at FROM request AS r JOIN log AS l
          ON l.org = r.org AND r.position BETWEEN l.position AND l.position + l.count - 1
        WHERE r.accepted_at < l.at OR (r.total_changed > 0 AND r.accepted_at <> l.at)""",
    "a record that does not begin where the one before it ends": """
        SELECT org, position FROM (SELECT org, position, coalesce(lag(position + count) OVER
            (PARTITION BY org ORDER BY position), 1) AS wanted FROM log) AS records
        WHERE position <> wanted""",
    "a head that is not where its log ends, with the end of a group": """
        SELECT h.org, h.position FROM log_head AS h LEFT JOIN
          (SELECT DISTINCT ON (org) * FROM log ORDER BY org, position DESC) AS l ON l.org = h.org
        WHERE h.position <> coalesce(l.position + l.count - 1, 0)
          OR h.at <> coalesce(l.at, 0) OR h.chain <> l.chain OR l.group_end = 0""",
    "a change of the catalog that is not where its record has it": """
        SELECT c.org, c.position FROM log_catalog AS c LEFT JOIN log AS l
          ON l.org = c.org AND l.position = c.record AND l.kind = 2
        WHERE l.body::json -> (c.position - c.record)::integer ->> 'id' IS DISTINCT FROM c.id""",
}


def look(cluster, postgres, load, more=None):
    """All that must hold, and what was seen; at last the servers end cleanly."""
    counts = verify(cluster, postgres, load)
    counts.update(more or {})
    print("  " + ", ".join(f"{name}: {count}" for name, count in counts.items()), flush=True)
    cluster.stop()


class Row:
    """A change of an outcome."""

    def __init__(self, number, request, cell, value):
        self.number = number
        self.request = request
        self.cell = cell
        self.value = value


def verify(cluster, postgres, load):
    """All that must hold; the servers run and no load does. Returns counts of what was seen."""
    load.raise_failures()
    database = cluster.database
    for what, query in QUERIES.items():
        rows = postgres.query(query, database)
        assert not rows, f"{what}: {rows[:5]}"
    rows = [Row(int(number), request, (rule, entity), (state, remarks))
            for number, request, rule, entity, state, remarks in postgres.query(
                "SELECT row, request, rule_id, entity, state, remarks FROM outcome_history "
                "ORDER BY org, row", database)]
    by_remarks = collections.defaultdict(list)
    for row in rows:
        by_remarks[row.value[1]].append(row)
    opened = [_verify_batch(batch, by_remarks) for batch in load.batches()
              if batch.kind in ("own", "shared") and batch.fate in ("acknowledged", "open")]
    _verify_order(load, by_remarks)
    _verify_servers(cluster, postgres, load)
    _verify_requests(cluster, load, by_remarks)
    return {"requests": len(load.batches()), "acknowledged": load.acknowledged(),
            "answered 503 or lost": load.unavailable(), "open and stored": opened.count(True),
            "open and not stored": opened.count(False), "changes": len(rows),
            "slowest answer": f"{max(writer.slowest for writer in load.writers):.2f} s"}


def _verify_batch(batch, by_remarks):
    """Each change of an acknowledged batch is there once; of an open one all are, or none is. True
    or False for an open one, None for the others."""
    found = [len(by_remarks[result["remarks"]]) for result in batch.results]
    if batch.fate == "acknowledged":
        assert set(found) == {1}, f"acknowledged, and stored {found} times: {batch.results}"
    else:
        assert set(found) in ({0}, {1}), f"open, and stored {found} times: {batch.results}"
    for result in batch.results:
        for row in by_remarks[result["remarks"]]:
            expected = (result["rule_id"], result["entity_reference"]), result["state"]
            assert (row.cell, row.value[0]) == expected, (row.cell, row.value, result)
    return None if batch.fate == "acknowledged" else found[0] == 1


def _verify_order(load, by_remarks):
    """A report that was sent after another was acknowledged has the later rows."""
    sent = {}  # row -> (when its batch was sent, when it was acknowledged)
    for batch in load.batches():
        if batch.kind in ("own", "shared"):
            for result in batch.results:
                for row in by_remarks[result["remarks"]]:
                    sent[row.number] = batch
    latest = 0.0
    for number in sorted(sent):
        batch = sent[number]
        assert batch.answered is None or batch.answered >= latest, (
            f"row {number} was acknowledged before a row before it was sent: {batch.results}")
        latest = max(latest, batch.sent)


def _verify_servers(cluster, postgres, load):
    """Every server shows what the database says, and that is what was acknowledged."""
    stored = {(rule, entity): (state, remarks) for rule, entity, state, remarks in postgres.query(
        "SELECT rule_id, entity, state, remarks FROM outcome", cluster.database)}
    for writer in load.writers:
        actual = {cell: stored.get(cell) for cell in writer.cells}
        assert actual == writer.cells, _difference(writer.cells, actual)
    head = postgres.value("SELECT max(position) FROM log_head", cluster.database)
    for server in cluster.servers:
        shown = list_outcomes(server, cluster.keys, head)
        assert shown == stored, f"{server.address}: " + _difference(stored, shown)


def list_outcomes(server, keys, position):
    """{(rule, entity): (state, remarks)} of the server once it shows that position."""
    shown = {}
    with server.client(keys) as client:
        answer = client.call("GET", OUTCOMES, headers=[(MIN_POSITION, str(position))])
        assert answer.status == 200, answer
        assert int(answer.header(POSITION)) >= int(position), answer.headers
        for item in client.list_all(OUTCOMES):
            attributes = item["attributes"]
            cell = (item["relationships"]["rule"]["data"]["id"], attributes["entity_reference"])
            assert cell not in shown, f"{cell} is listed twice"
            shown[cell] = (attributes["state"], attributes.get("remarks", ""))
    return shown


def _difference(expected, actual):
    cells = [cell for cell in sorted(expected.keys() | actual.keys())
             if expected.get(cell) != actual.get(cell)]
    lines = [f"{cell}: expected {expected.get(cell)}, got {actual.get(cell)}" for cell in cells]
    return f"{len(lines)} outcomes differ:\n  " + "\n  ".join(lines[:5])


def _verify_requests(cluster, load, by_remarks):
    """Requests are found by the ids that their answers told, on whatever server is asked. One that
    was answered 503 is there with all its rows, or not at all."""
    acknowledged = [batch for batch in load.batches()
                    if batch.fate == "acknowledged" and len(batch.request_ids) == 1]
    last = acknowledged[-REQUESTS_LOOKED_UP:]
    clients = [server.client(cluster.keys) for server in cluster.servers]
    try:
        for number, batch in enumerate(last):
            answer = clients[number % len(clients)].call(
                "GET", f"{REQUESTS}/{batch.request_ids[0]}")
            assert answer.status == 200, (batch.request_ids, answer)
            found = answer.json["data"]["attributes"]
            assert found["total_received"] == len(batch.results), (batch.results, answer)
            if batch.changed is not None and batch.tries == 1:
                assert found["total_changed"] == batch.changed, (batch.results, answer)
        for batch in load.batches():
            if batch.kind == "shared" and batch.fate == "open" and batch.request_ids:
                answer = clients[0].call("GET", f"{REQUESTS}/{batch.request_ids[0]}")
                stored = bool(by_remarks[batch.results[0]["remarks"]])
                assert answer.status == (200 if stored else 404), (stored, answer)
    finally:
        for client in clients:
            client.close()

"""What must hold after every test: everything acknowledged is in the database exactly once, and all
servers show it."""

import collections

POSITION = "scorekeeper-position"
MIN_POSITION = "scorekeeper-min-position"
OUTCOMES = "/api/v2/scorecard/outcomes"
REQUESTS = "/api/v2/scorecard/async-requests"
REQUESTS_LOOKED_UP = 150

# Each query returns what is wrong.
QUERIES = {
    "a row whose previous is not the row before it of the same outcome": """
        SELECT * FROM (SELECT id, previous, coalesce(lag(id) OVER
          (PARTITION BY org, rule, entity ORDER BY id), 0) AS before FROM outcome_change) AS rows
        WHERE previous <> before""",
    "a row that changes nothing": """
        SELECT c.id FROM outcome_change AS c
        JOIN outcome_change AS p ON p.org = c.org AND p.id = c.previous
        WHERE c.state = p.state AND (c.hash = p.hash OR c.remarks = p.remarks)""",
    "a trace of a refused batch": """
        SELECT 'row', id FROM outcome_change WHERE remarks LIKE 'refused%'
        UNION ALL SELECT 'entity', number FROM entity WHERE name LIKE 'refused%'""",
    "a row without its request, entity or rule": """
        SELECT id FROM outcome_change AS c
        WHERE NOT EXISTS (SELECT 1 FROM request AS r WHERE r.id = c.request AND r.org = c.org)
           OR NOT EXISTS (SELECT 1 FROM entity AS e WHERE e.org = c.org AND e.number = c.entity)
           OR NOT EXISTS (SELECT 1 FROM rule AS r WHERE r.org = c.org AND r.number = c.rule)""",
    "an entity that is there twice": """
        SELECT org, kind, namespace, name FROM entity GROUP BY org, kind, namespace, name
        HAVING count(*) > 1""",
    "a request number that is there twice": """
        SELECT id FROM request GROUP BY id HAVING count(*) > 1""",
    "a request whose total_changed is not the number of its rows": """
        SELECT r.org, r.id, r.total_changed, count(c.id) FROM request AS r
        LEFT JOIN outcome_change AS c ON c.org = r.org AND c.request = r.id
        GROUP BY r.org, r.id, r.total_changed HAVING r.total_changed <> count(c.id)""",
    "a time of the ledger that runs backwards": """
        SELECT * FROM (SELECT id, at, lag(at) OVER (PARTITION BY org ORDER BY id) AS before
          FROM outcome_change) AS rows WHERE at < before""",
    "a time of a request that runs backwards": """
        SELECT * FROM (SELECT id, accepted_at, max(accepted_at) OVER
          (PARTITION BY org ORDER BY position
           RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
          FROM request) AS requests WHERE accepted_at < before""",
    "a position that is no row and no change of the catalog, or both": """
        SELECT h.org, p.position FROM ledger_head AS h,
          generate_series(1, h.last_id) AS p (position)
        WHERE EXISTS (SELECT 1 FROM outcome_change AS c WHERE c.org = h.org AND c.id = p.position)
            = EXISTS (SELECT 1 FROM catalog_commit AS c
                      WHERE c.org = h.org AND c.position = p.position)""",
    "a position behind the head": """
        SELECT h.org, h.last_id, c.id FROM ledger_head AS h JOIN outcome_change AS c
        ON c.org = h.org AND (c.id > h.last_id OR c.at > h.last_at)""",
}


def look(cluster, postgres, load, more=None):
    """All that must hold, and what was seen; at last the servers end cleanly."""
    counts = verify(cluster, postgres, load)
    counts.update(more or {})
    print("  " + ", ".join(f"{name}: {count}" for name, count in counts.items()), flush=True)
    cluster.stop()


class Row:
    """A row of the ledger."""

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
    """What was sent after another was acknowledged has the later rows."""
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
    head = postgres.value("SELECT max(last_id) FROM ledger_head", cluster.database)
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

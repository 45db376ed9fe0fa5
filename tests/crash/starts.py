"""A server that is asked before it is ready, and one that never gets ready. Each test_… function is
one test; faults.run_all() runs them."""

import json
import sqlite3

from faults import OUTCOMES, accepts, listed, results_of
from support.client import Connection, wait_until, write_request
from support.server import Server

LONG_LEDGER_ROWS = 400_000  # folded in a tenth of a second or two


def lengthen_ledger(database, rows):
    """Repeats the last row of a stopped server's ledger, so that the next fold takes its time."""
    columns = "org, rule, entity, state, first_reported, hash, at, key, request, remarks"
    connection = sqlite3.connect(database)
    with connection:
        connection.execute(f"""
            WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
            INSERT INTO outcome_change (id, previous, {columns})
            SELECT last.id + i, last.id + i - 1, {columns} FROM n,
              (SELECT * FROM outcome_change ORDER BY id DESC LIMIT 1) AS last""")
    connection.close()


def test_not_ready_while_starting(binary):
    """While the ledger is folded /readyz is 503 and so is every request with keys: nobody sees half
    a matrix."""
    with Server(binary) as server:
        server.start()
        with server.client() as client:
            rule = client.create_rule("long ledger")
            assert client.push(results_of(rule, 0, 1, "r")).status == 202
        server.stop()
        lengthen_ledger(server.store / "scorekeeper.db", LONG_LEDGER_ROWS)

        def seen_starting():
            server.start(wait="listening")
            with server.client() as client:
                ready, alive = (client.call("GET", path) for path in ("/readyz", "/healthz"))
                refused = client.call("GET", OUTCOMES)
                told = (refused.status, refused.body)
                if ready.status == 200 or told[0] == 200:  # this machine was too slow to look
                    server.stop()
                    return False
            assert (ready.status, ready.body, alive.status) == (503, b"starting", 200), ready
            assert told == (503, b'{"errors":[{"status":"503","title":"Service Unavailable",'
                                 b'"detail":"the server is starting"}]}'), told
            return True

        wait_until(seen_starting, 60.0, "the server is seen while it starts")
        server.stop()  # SIGTERM before it is ready: exit code 0 too
        server.start()
        with server.client() as client:
            assert listed(client) == {"service:default/e0": "r 0"}
        server.stop()


def add_stray_row(database):
    """A row of a rule that the catalog does not have: the fold ends with an error."""
    connection = sqlite3.connect(database)
    with connection:
        connection.execute("""
            INSERT INTO outcome_change SELECT id + 1, org, rule + 1000, entity, state,
              first_reported, hash, at, previous, key, request, remarks
            FROM outcome_change ORDER BY id DESC LIMIT 1""")
    connection.close()


def test_start_that_fails(binary):
    """A fold that ends with an error: the process says why and exits 1, and whatever is asked
    before, while and after it ends is refused. A server that never was ready serves nothing."""
    with Server(binary) as server:
        server.start()
        keys = server.initial_keys()
        with server.client() as client:
            rule = client.create_rule("stray")
            results = results_of(rule, 0, 1, "r")
            assert client.push(results).status == 202
        server.stop()
        lengthen_ledger(server.store / "scorekeeper.db", LONG_LEDGER_ROWS)
        add_stray_row(server.store / "scorekeeper.db")
        server.start(wait="listening")
        post = write_request("POST", OUTCOMES, keys.headers(), json.dumps(
            {"data": {"attributes": {"results": results}}}).encode())
        get = write_request("GET", OUTCOMES, [*keys.headers(), ("scorekeeper-min-position", "99")])
        asked = [(Connection(server.address), request) for request in (post, get)]
        for connection, request in asked:
            connection.send(request[:20])
        wait_until(lambda: not accepts(server.address), 30.0, "the start has failed")
        for connection, request in asked:
            connection.send(request[20:])
            with connection:
                answer = connection.read_answer()
            assert answer.status == 503, answer
            assert answer.json["errors"][0]["detail"] == "the server is starting", answer
        assert server.wait_for_exit(20.0) == 1, server.tail()
        assert "names rule" in server.tail() and "catalog lacks" in server.tail(), server.tail()

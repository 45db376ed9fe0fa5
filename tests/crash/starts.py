"""A server that is asked before it is ready, and one that never gets ready. Each test_… function is
one test; faults.run_all() runs them."""

import hashlib
import json
import sqlite3
import struct

from faults import OUTCOMES, accepts, listed, results_of
from support.client import Connection, wait_until, write_request
from support.server import Failed, Server

LONG_LOG_CHANGES = 400_000  # folded in a tenth of a second or two
CHANGES_PER_RECORD = 64


def chain_after(chain, record):
    """As docs/formats/log.md says."""
    def text(value):
        return struct.pack("<I", len(value.encode())) + value.encode()

    head = (struct.pack("<IQIqB", *(record[name] for name in (
        "org", "position", "count", "at", "kind")))
            + text(record["actor_type"]) + text(record["actor"])
            + struct.pack("<Q", record["request"]) + text(record["request_id"])
            + struct.pack("<B", record["group_end"])
            + struct.pack("<I", len(record["body"].encode())))
    return hashlib.sha256(chain + head + record["body"].encode()).digest()[:16]


def place(head, record):
    """The record behind that head (position, time, chain), as a group of its own, and the head that
    it makes."""
    position, at, chain = head
    record = {**record, "position": position + 1, "at": at + 1, "group_end": 1}
    record["chain"] = chain_after(chain, record)
    return record, (position + record["count"], record["at"], record["chain"])


def read_head(connection, org):
    return connection.execute(
        "SELECT position, at, chain FROM log_head WHERE org = ?", (org,)).fetchone()


def append(connection, head, record):
    """Behind that head of its log. Returns the new one."""
    record, head = place(head, record)
    names = ", ".join(record)
    connection.execute(f"INSERT INTO log ({names}) VALUES ({', '.join(':' + n for n in record)})",
                       record)
    return head


def body_of(remarks, changes):
    """The body of a record whose changes all have these remarks."""
    changes = [[*change[:7], 0] for change in changes]
    return json.dumps({"entities": [], "remarks": [remarks], "changes": changes},
                      separators=(",", ":"))


def last_outcome(connection):
    """The last record of outcomes, its last change, and the remarks of that."""
    connection.row_factory = sqlite3.Row
    row = connection.execute(
        "SELECT org, count, kind, actor_type, actor, request, request_id, body, position"
        " FROM log WHERE kind = 1 ORDER BY row DESC LIMIT 1").fetchone()
    record = dict(row)
    body = json.loads(record["body"])
    change = body["changes"][-1]
    change[4] = record.pop("position") + record["count"] - 1
    connection.row_factory = None
    return record, change, body["remarks"][change[7]]


def lengthen_log(database, changes):
    """Repeats the last change of a stopped server's log, so that the next fold takes its time."""
    connection = sqlite3.connect(database)
    with connection:
        record, change, remarks = last_outcome(connection)
        change[3] = change[2]
        head = read_head(connection, record["org"])
        for _ in range(changes // CHANGES_PER_RECORD):
            last = head[0]
            many = []
            for n in range(CHANGES_PER_RECORD):
                many.append(list(change))
                change[4] = last + 1 + n
            record["body"] = body_of(remarks, many)
            head = append(connection, head, {**record, "count": CHANGES_PER_RECORD})
    connection.close()


def test_not_ready_while_starting(binary):
    """While the logs are folded /readyz is 503 and so is every request with keys: nobody sees half
    a matrix."""
    with Server(binary) as server:
        server.start()
        with server.client() as client:
            rule = client.create_rule("long log")
            assert client.push(results_of(rule, 0, 1, "r")).status == 202
        server.stop()
        lengthen_log(server.store / "scorekeeper.db", LONG_LOG_CHANGES)

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


def add_stray_change(database):
    """A change of a rule that the catalog does not have: the fold ends with an error."""
    connection = sqlite3.connect(database)
    with connection:
        record, change, remarks = last_outcome(connection)
        change[0] += 1000
        change[3] = change[4] = 0
        record["body"] = body_of(remarks, [change])
        append(connection, read_head(connection, record["org"]), {**record, "count": 1})
    connection.close()


def test_start_that_fails(binary):
    """A fold that ends with an error: the process says why and exits 1, and whatever is asked
    before, while and after it ends is refused. A server that never was ready serves nothing."""
    with Server(binary) as server:
        results = report_one(server)
        lengthen_log(server.store / "scorekeeper.db", LONG_LOG_CHANGES)
        add_stray_change(server.store / "scorekeeper.db")
        assert_start_fails(server, results)


def report_one(server):
    """A rule and an outcome; the results that were sent. Starts the server and stops it."""
    server.start()
    server.initial_keys()
    with server.client() as client:
        results = results_of(client.create_rule("stray"), 0, 1, "r")
        assert client.push(results).status == 202
    server.stop()
    return results


def assert_start_fails(server, results):
    """On a log that is long and has a stray change at its end."""
    keys = server.initial_keys()
    server.start(wait="listening")
    post = write_request("POST", OUTCOMES, keys.headers(), json.dumps(
        {"data": {"attributes": {"results": results}}}).encode())
    get = write_request("GET", OUTCOMES, [*keys.headers(), ("scorekeeper-min-position", "99")])
    asked = [(Connection(server.address), request) for request in (post, get)]
    for connection, request in asked:
        connection.send(request[:20])
    wait_until(lambda: not accepts(server.address), 60.0, "the start has failed")
    for connection, request in asked:
        connection.send(request[20:])
        with connection:
            answer = connection.read_answer()
        assert answer.status == 503, answer
        assert answer.json["errors"][0]["detail"] == "the server is starting", answer
    assert server.wait_for_exit(20.0) == 1, server.tail()
    assert "the log of org 1 is damaged" in server.tail(), server.tail()
    assert "an unknown rule" in server.tail(), server.tail()


def test_a_report_of_a_sanitizer_is_seen(binary):
    """A sanitizer's report counts whatever ends the process: it may be killed a moment later."""
    reports = {"==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x1": Server.kill,
               "==7==ERROR: LeakSanitizer: detected memory leaks": Server.stop,
               "WARNING: ThreadSanitizer: data race (pid=7)": Server.kill,
               "src/x.cpp:1:2: runtime error: signed integer overflow": Server.stop}
    for report, end in reports.items():
        with Server(binary) as server:
            server.start()
            with open(server.log, "a", encoding="utf-8") as log:
                log.write(report + "\n    #0 somewhere\n")
            try:
                end(server)
            except Failed as failed:
                assert report in str(failed), failed
            else:
                raise AssertionError(f"nobody saw {report}")
            server.log.unlink()

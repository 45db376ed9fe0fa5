"""Clients that leave while their request is handled or waits for a thread: a long query stops
before its bounds, and a write that has not begun is not done. The log tells which. A server that
stops leaves such queries, too."""

import gzip
import json
import socket
import struct

from support.client import Connection, wait_until, write_request
from support.server import Server

# So much work and time that no query here ends by its bounds. One organisation has one thread for
# its queries, and one for large bodies.
SERVE = ["--query-work-max", "1000000000000", "--query-deadline-ms", "600000",
         "--query-workers", "2", "--workers", "1"]
DRAIN = ["--drain-timeout-ms", "1000"]
CPU_SECONDS = "process_cpu_seconds_total"
BEGUN_SECONDS = 0.5  # nothing but the query takes so much
STOP_SECONDS = 20.0  # the drain timeout, and much of what a busy machine takes beside it
SECONDS = 60.0
OUTCOMES = "/api/v2/scorecard/outcomes"
RULES = "/api/v2/scorecard/rules"
ENTITIES = "/api/v2/catalog/entity"
ATTEMPTS = 3  # to leave when a query has begun
REQUESTS = 8
RESULTS_OF_REQUEST = 5_000
# Many seconds of work: 90 terms, each looked for in 40,000 names of 1,000 characters.
NAME = "a" * 990
QUERY = "%20OR%20".join(f"name:*a%3F{'a' * 20}b{number}*" for number in range(90))
# Decoded and read within some 10 ms each.
BODIES = 1_000
BODY = gzip.compress(b'{"data":{"attributes":{"results":[' + b" " * (7 << 20) + b"]}}}", 1)
SCORES = "/api/v2/scorecard/scores/by-entity?sort=-score"
QUESTIONS = (
    SCORES + "&filter%5Bentity%5D%5Bquery%5D=" + QUERY,
    OUTCOMES + "?filter%5Bentity%5D%5Bquery%5D=" + QUERY,
)


def _make_entities(server):
    """Once for all tests."""
    with server.client(timeout=SECONDS) as client:
        known = client.call("GET", RULES).json["data"]
        if known:
            return known[0]["id"]
        rule = client.create_rule("many", "Left")
        for request in range(REQUESTS):
            answer = client.push([
                {"rule_id": rule, "state": "pass",
                 "entity_reference": f"service:{NAME}{request * RESULTS_OF_REQUEST + number}"}
                for number in range(RESULTS_OF_REQUEST)])
            assert answer.status == 202, answer
        return rule


def _send(server, request_id, method, target, body=b"", headers=()):
    """A connection on which that is asked."""
    connection = Connection(server.address, SECONDS)
    connection.send(write_request(method, target, [
        *server.initial_keys().headers(), ("x-request-id", request_id), *headers], body))
    return connection


def _wait_for_connections(server, count):
    """Beside the one that asks."""
    wait_until(lambda: server.metric("scorekeeper_http_connections") == count + 1, SECONDS,
               f"the server has {count} connections")


def _leave(server, connection, others, reset=False):
    """Closes it when the server has it and `others`, and waits until the server has noticed. Where
    it is not reset the client may only have closed its sending half: its write is done."""
    _wait_for_connections(server, others + 1)
    if reset:
        no_linger = struct.pack("ii", 1, 0)
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_linger)
    connection.close()
    _wait_for_connections(server, others)


def _failure(server, request_id):
    """The log's words about that request; empty: nothing yet."""
    return "".join(line["detail"] for line in server.log_lines()
                   if line.get("event") == "request failed" and line["request_id"] == request_id)


def _leave_a_query(server, request_id, target):
    """The log's words about it once it has ended; empty: it had not begun."""
    _leave(server, _send(server, request_id, "GET", target), 0)
    with server.client(timeout=SECONDS) as client:
        # The same thread answers it, afterwards.
        target = SCORES + "&filter%5Bentity%5D%5Bquery%5D=kind:service"
        assert client.call("GET", target).status == 200
    _wait_for_connections(server, 0)
    return _failure(server, request_id)


def test_a_query_stops(server):
    """It stops because nobody waits for it, not at the end of its work or of its time."""
    _make_entities(server)
    for number, target in enumerate(QUESTIONS):
        said = ""
        for attempt in range(ATTEMPTS):
            said = said or _leave_a_query(server, f"query-{number}-{attempt}", target)
        assert said == "the request was cancelled", said
    with server.client(timeout=SECONDS) as client:
        answer = client.call("GET", "/api/v2/scorecard/scores/by-rule")
        assert answer.json["data"][0]["attributes"]["total_pass"] == REQUESTS * RESULTS_OF_REQUEST


def test_a_rule_that_waits_is_not_made(server):
    """Its scope waits for the thread that a long query has."""
    _make_entities(server)
    long = _send(server, "long", "GET", QUESTIONS[0])
    _wait_for_connections(server, 1)
    body = {"data": {"type": "rule", "attributes": {
        "name": "left", "scorecard_name": "Left", "scope_query": "name:*b"}}}
    waiting = _send(server, "rule", "POST", RULES, json.dumps(body).encode())
    _leave(server, waiting, 1, reset=True)
    assert not _failure(server, "rule"), "it has not waited"
    _leave(server, long, 0)
    wait_until(lambda: _failure(server, "rule"), SECONDS, "the rule's turn comes")
    assert _failure(server, "rule") == "the client is gone"
    with server.client(timeout=SECONDS) as client:
        client.create_rule("stays", "Left", scope_query="name:*b")
        names = [item["attributes"]["name"] for item in client.list_all(RULES)]
        assert names == ["many", "stays"], names


def test_a_definition_that_waits_is_not_stored(server):
    """It waits for the thread that reads large bodies."""
    headers = [("Content-Encoding", "gzip")]
    busy = [_send(server, f"body-{number}", "POST", OUTCOMES, BODY, headers)
            for number in range(BODIES)]
    definition = {"apiVersion": "v3", "kind": "service", "metadata": {"name": "left"}}
    _leave(server, _send(server, "definition", "POST", ENTITIES, json.dumps(definition).encode()),
           len(busy), reset=True)
    for connection in busy:
        answer = connection.read_answer()
        assert answer.status in (202, 503), answer
        connection.close()
    # The next one waits for the same thread, behind the one whose client has left.
    definition["metadata"]["name"] = "stays"
    with server.client(timeout=SECONDS) as client:
        assert client.call("POST", ENTITIES, definition).status == 202
        found = client.call("GET", ENTITIES + "?filter%5Bname%5D=left").json["data"]
        assert not found, found


def test_a_stop_ends_a_query(server):
    """Beside it the server is ready, and SIGTERM ends it at the drain timeout: the query would take
    minutes."""
    with Server(server.binary, [*SERVE, *DRAIN]) as own:
        for target in QUESTIONS:
            own.start()
            _make_entities(own)
            before = own.metric(CPU_SECONDS)
            with _send(own, "long", "GET", target):
                wait_until(lambda least=before + BEGUN_SECONDS: own.metric(CPU_SECONDS) > least,
                           SECONDS, "the query is evaluated")
                with Connection(own.address, SECONDS) as probe:
                    assert probe.request("GET", "/readyz").status == 200
                own.terminate()
                assert own.wait_for_exit(STOP_SECONDS) == 0, own.tail()
            assert _failure(own, "long") == "the request was cancelled", own.tail()

"""Tests of the most that one caller, or strangers without a key, may hold: connections, bytes of
bodies, bytes of answers. The others are served beside them, memory stays bounded, and a stop takes
its time only."""

import json
import socket
import time
from pathlib import Path

from support.client import Connection, wait_until, write_request
from support.server import Server

SERVE = ["--connections-max", "400", "--answer-bytes-per-org-max", "8388608"]
OUTCOMES = "/api/v2/scorecard/outcomes"
ENTITIES = "/api/v2/catalog/entity"
MIB = 1 << 20
SECONDS = 20.0


def memory(server):
    """Bytes of the server that are in memory."""
    for line in Path(f"/proc/{server.process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) << 10
    raise AssertionError("no VmRSS")


def connect_unread(server):
    """A connection whose client has little room for what it does not read."""
    connection = Connection(server.address, SECONDS)
    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    return connection


def close_all(connections):
    for connection in connections:
        connection.close()


def test_announced_bodies(server):
    """64 connections announce 8 MiB each and send nothing of it: everybody else's POST is answered
    at once."""
    head = write_request("POST", OUTCOMES,
                         [*server.initial_keys().headers(), ("Content-Length", str(8 * MIB))])
    held = [Connection(server.address, SECONDS) for _ in range(64)]
    try:
        for connection in held:
            connection.send(head)
        before = memory(server)
        with server.client() as client:
            begin = time.monotonic()
            rule = client.create_rule("bodies")
            answer = client.push([{"rule_id": rule, "entity_reference": "service:held",
                                   "state": "pass"}])
            assert answer.status == 202, answer
            assert time.monotonic() - begin < 10.0
        assert memory(server) < before + 64 * MIB, (before, memory(server))
    finally:
        close_all(held)


def test_unread_documents(server):
    """Strangers ask for a large constant document, again and again, and read nothing: a connection
    costs no copy of it."""
    with Connection(server.address, SECONDS) as first:
        document = first.request("GET", "/openapi.json").body
    before = memory(server)
    held = [connect_unread(server) for _ in range(300)]
    try:
        for connection in held:
            # More than the kernel takes without a reader.
            connection.send(write_request("GET", "/openapi.json") * (4 * MIB // len(document)))
        with Connection(server.address, SECONDS) as other:
            assert other.request("GET", "/openapi.json").body == document
        assert memory(server) < before + 300 * len(document) // 4, (before, memory(server))
    finally:
        close_all(held)


def test_unread_pages(server):
    """One organisation asks for large pages and reads none: what waits is bounded, its further
    queries are refused, and another organisation is served."""
    server.create_org("other")
    other = server.create_keys("other", org="other")
    server.wait_for_keys(other)
    text = "x" * (200 << 10)
    with server.client() as client:
        for number in range(20):
            entity = {"apiVersion": "v3", "kind": "service", "metadata": {"name": f"e{number}"},
                      "extensions": {"x": text}}
            assert client.call("POST", ENTITIES, entity).status == 202
    page = write_request("GET", ENTITIES + "?include=raw_schema", server.initial_keys().headers())
    with Connection(server.address, SECONDS) as reader:
        reader.send(page)
        size = len(reader.read_answer().body)
    assert size > 4 * MIB, size
    before = memory(server)
    held = [connect_unread(server) for _ in range(60)]
    try:
        for connection in held:
            connection.send(page)

        def refused():
            with server.client() as client:
                answer = client.call("GET", "/api/v2/scorecard/scorecards")
            return answer if answer.status == 503 else None

        answer = wait_until(refused, SECONDS, "a query beside unread answers is refused")
        assert "answer_bytes_per_org_max" in answer.json["errors"][0]["detail"], answer
        # The bound of the organisation, and what its threads make at a time, several times over.
        assert memory(server) < before + 8 * MIB + 16 * size, (before, memory(server), size)
        with server.client(other) as client:
            assert client.call("GET", ENTITIES).status == 200
    finally:
        close_all(held)
    with server.client() as client:
        wait_until(lambda: client.call("GET", "/api/v2/scorecard/scorecards").status == 200,
                   SECONDS, "there is room again")


def test_idle_strangers(server):
    """More strangers than connections_max: the oldest give way, so that probes and callers are
    answered."""
    held = []
    try:
        for number in range(500):
            held.append(Connection(server.address, SECONDS))
            if number % 2:
                held[-1].send(b"GET /healthz HT")
        for path in ("/healthz", "/readyz", "/metrics"):
            with Connection(server.address, SECONDS) as probe:
                assert probe.request("GET", path).status == 200, path
        with server.client() as client:
            assert client.call("GET", "/api/v2/scorecard/rules").status == 200
    finally:
        close_all(held)


def test_stop_takes_the_drain_timeout(server):
    """Requests that never come whole hold a stop up for the drain timeout, no longer."""
    with Server(server.binary, ["--drain-timeout-ms", "1000"]) as own:
        own.start()
        keys = own.initial_keys().headers()
        held = [Connection(own.address, SECONDS) for _ in range(20)]
        for connection in held:
            connection.send(write_request("POST", OUTCOMES, [*keys, ("Content-Length", "100000")]))
        with own.client() as client:
            assert client.call("GET", "/api/v2/scorecard/rules").status == 200
        begin = time.monotonic()
        own.terminate()
        assert own.wait_for_exit(SECONDS) == 0, own.tail()
        assert time.monotonic() - begin < 8.0
        assert any(line.get("event") == "stopped" for line in own.log_lines()), own.tail()
        close_all(held)


def test_log_lines_are_whole(server):
    """Lines are written by a thread of their own: all of them, and each is one JSON object."""
    with Server(server.binary) as own:
        own.start()
        with Connection(own.address, SECONDS) as connection:
            connection.send(write_request("GET", "/version") * 200)
            for _ in range(200):
                assert connection.read_answer().status == 200
        own.stop()
        lines = [line for line in own.log_lines() if line.get("path") == "/version"]
        assert len(lines) == 200, len(lines)
        assert not [line for line in own.log_lines() if "text" in line], own.tail()
        assert json.dumps(own.log_lines()[-1]).find("stopped") > 0, own.tail()

"""The callers of isolation.py: one organisation that asks and writes the most expensive things that
the limits allow, and clients that misbehave.

Each caller is a process of its own that goes on until it is told to stop. Requests come from
127.0.0.2, so that what a server limits for each peer does not meet those who are measured.
"""

import contextlib
import gzip
import itertools
import json
import os
import random
import socket
import time
import urllib.parse
from dataclasses import dataclass

SOURCE = "127.0.0.2"
TIMEOUT_SECONDS = 60.0
TERMS = 100  # query_terms_max
RESULTS = 10_000  # results_max
DEFINITIONS = 100  # definitions_max
TAGS = 100  # tags_max
LARGE_MEMBERS = 365  # of a definition: a hundred of them are nearly DEFINITION_TEXTS_MAX
RULES_OF_A_WRITER = 20  # then they are replaced, again and again
BODY_BYTES_MAX = 8 << 20
DEFINITION_TEXTS_MAX = 3 << 20  # and as much as JSON
ALIKE = 100_000  # entities of one name, each in a namespace of its own
ALIKE_RULES = 500  # rules of their organisation
HELD_CONNECTIONS = 8  # of each caller that holds some
SCORES = ("by-entity", "by-rule", "by-scorecard", "by-team", "by-kind")
CSV = [("Accept", "text/csv")]


class Broken(Exception):
    """The connection ended, or sent what is no answer."""


class Wire:
    """One keep-alive connection that sends requests and throws the bodies of answers away."""

    def __init__(self, address, source=SOURCE, timeout=TIMEOUT_SECONDS):
        self.socket = socket.create_connection(address, timeout, (source, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def ask(self, data):
        """(status, what was read of the body, at most a few KiB)."""
        self.send(data)
        buffer = b""
        while b"\r\n\r\n" not in buffer:
            buffer += self._receive()
        head, _, body = buffer.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").lower().split("\r\n")
        fields = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
        status = int(lines[0].split()[1])
        if fields.get("transfer-encoding") == "chunked":
            self._drop_chunks(body)
        else:
            left = int(fields.get("content-length", 0)) - len(body)
            if left < 1 << 16:
                while left > 0:
                    body += self._receive()
                    left = int(fields["content-length"]) - len(body)
            while left > 0:
                left -= len(self._receive())
        if fields.get("connection") == "close":
            raise Broken("the server closes")
        return status, body

    def _drop_chunks(self, end):
        while not end.endswith(b"0\r\n\r\n"):
            end = (end + self._receive())[-5:]

    def _receive(self):
        data = self.socket.recv(1 << 18)
        if not data:
            raise Broken("closed")
        return data


@dataclass
class Scene:
    """The server as a caller knows it. `headers`: the keys as text, with line ends."""

    address: tuple
    headers: str
    rules: list
    entities: int
    campaign: str

    def request(self, method, target, body=b"", headers=()):
        more = "".join(f"{name}: {value}\r\n" for name, value in headers)
        framing = f"Content-Length: {len(body)}\r\nContent-Type: application/json\r\n" \
            if body or method in ("POST", "PUT") else ""
        return (f"{method} {target} HTTP/1.1\r\nHost: bench\r\n{self.headers}{more}{framing}\r\n"
                ).encode() + body

    def get(self, path, headers=(), **query):
        """Parameters are written with __ for a bracket: page__limit is page[limit]."""
        pairs = {_bracketed(name): value for name, value in query.items()}
        return self.request("GET", f"{path}?{urllib.parse.urlencode(pairs)}", headers=headers)

    def post(self, path, document):
        return self.request("POST", path, json.dumps(document).encode())


def _bracketed(name):
    first, *others = name.split("__")
    return first + "".join(f"[{other}]" for other in others)


def wildcards(number):
    """A query of the most terms, none of which is ever true, and another one for each number. Names
    of many a's make a matcher that tries again and again slow."""
    return " OR ".join(f"name:*{'a' * 11}*{'a' * 11}*{number % 1000:03}{i:02}b"
                       for i in range(TERMS))


def scope(number, is_first):
    """The most expensive scope that a rule may have. The wildcards of all scopes count
    scope_wildcards_max together, so that each caller has one with two stars, in its first rule. All
    other terms are exact, and no two rules have the same."""
    tried = f"name:*{'a' * 22}*{number % 1000:03}b" if is_first else "name:none"
    exact = " OR ".join(f"tags:key{i % 3}:{number % 100_000}-{i}" for i in range(1, TERMS))
    return f"{tried} OR {exact}"


def entity_name(number):
    """One in ten is long and alike."""
    return "a" * 190 + f"{number:07}" if number % 10 == 0 else f"service-{number:07}"


def definition(number, tags=3):
    """A hundred in a row have one owner: what is defined together stands together in the indexes,
    so that the load begins on a disk that has not just written many gigabytes."""
    entity = {"apiVersion": "v3", "kind": "service",
              "metadata": {"name": entity_name(number), "owner": f"team-{number // 100 % 500}",
                           "tags": [f"key{i}:{number % 97}-{i}" for i in range(tags)]},
              "spec": {"tier": str(number % 4), "lifecycle": "production"}}
    if number:
        entity["spec"]["dependsOn"] = [f"service:{entity_name(number - 1)}"]
    return entity


def results(rules, first, count, turn):
    states = ("pass", "fail", "skip")
    return [{"rule_id": rules[(first + i) % len(rules)], "state": states[(first + i + turn) % 3],
             "entity_reference": f"service:{entity_name((first + i) // len(rules))}",
             "remarks": f"turn {turn}"} for i in range(count)]


def batch(rules, first, count, turn):
    return {"data": {"type": "batched-outcome",
                     "attributes": {"results": results(rules, first, count, turn)}}}


def alike(rules, first, count):
    """Entities of one name, which pass the first rule; each rule has one skip, of another one."""
    passed = [{"rule_id": rules[0], "state": "pass", "entity_reference": f"queue:n{n}/alike"}
              for n in range(first, first + count)]
    skipped = [{"rule_id": rule_id, "state": "skip", "entity_reference": "queue:other"}
               for rule_id in rules]
    return {"data": {"type": "batched-outcome",
                     "attributes": {"results": passed if first else skipped + passed}}}


def rule(name, query):
    return {"data": {"type": "rule", "attributes": {
        "name": name, "scorecard_name": "Load", "scope_query": query}}}


# ---- what a caller asks: generators of requests ------------------------------------------------


def ask_relations(scene):
    while True:
        offset = random.randrange(scene.entities)
        yield scene.get("/api/v2/catalog/relation", include="entity", includeDiscovered="true",
                        page__limit=1000, page__offset=offset)


def ask_entities(scene):
    while True:
        yield scene.get("/api/v2/catalog/entity", page__limit=1000, includeDiscovered="true",
                        page__offset=random.randrange(scene.entities), include="schema,relation")
        yield scene.get("/api/v2/catalog/entity", page__limit=1000,
                        page__offset=random.randrange(400), filter__owner="team-7")
        yield scene.get("/api/v2/catalog/entity", filter__name="no-such-name")


def ask_definitions(scene):
    while True:
        yield scene.get("/api/v2/services/definitions", page__size=100,
                        page__number=random.randrange(scene.entities // 100))


def ask_scores(scene):
    for number in _numbers():
        aggregation = SCORES[number % len(SCORES)]
        yield scene.get(f"/api/v2/scorecard/scores/{aggregation}", page__limit=1000,
                        sort="-score", filter__entity__query=wildcards(number))


def ask_outcomes(scene):
    for number in _numbers():
        yield scene.get("/api/v2/scorecard/outcomes", page__size=100,
                        page__offset=random.randrange(scene.entities),
                        filter__entity__query=wildcards(number))
        yield scene.get("/api/v2/scorecard/outcomes", page__size=100, include="rule",
                        page__offset=scene.entities * len(scene.rules) - 100,
                        filter__outcome__state="skip")


def ask_by_name(scene):
    """Asks for all who have the name, in all rules, and reports a little: a writer that waits for
    one look of these keeps everybody waiting."""
    for number in _numbers():
        for ask in (scene.get("/api/v2/scorecard/outcomes",
                              filter__outcome__service_name="alike", filter__outcome__state="skip"),
                    scene.get("/api/v2/scorecard/scores/by-rule", filter__entity__name="alike"),
                    scene.get("/api/v2/catalog/entity", filter__name="alike")):
            yield ask
            yield scene.post("/api/v2/scorecard/outcomes", {"data": {
                "type": "batched-outcome", "attributes": {"results": [
                    {"rule_id": scene.rules[1], "state": ("pass", "fail")[number % 2],
                     "entity_reference": f"queue:mine-{number % 100}"}]}}})


def ask_csv(scene):
    for number in _numbers():
        yield scene.get("/api/v2/scorecard/outcomes", CSV)
        yield scene.get("/api/v2/scorecard/scores/by-entity", CSV,
                        filter__entity__query=f"-({wildcards(number)[:3000].rpartition(' OR')[0]})")


def ask_campaigns(scene):
    path = f"/api/v2/scorecard/campaigns/{scene.campaign}"
    while True:
        yield scene.get(path, include="scores", include_meta="true")


def write_rules(scene):
    made = []
    path = "/api/v2/scorecard/rules"
    salt = random.randrange(1_000_000)
    for number in itertools.count():
        index = number % RULES_OF_A_WRITER
        document = rule(f"Load {salt} {index}", scope(salt + number, index == 0))
        if index == len(made):
            status, body = yield scene.post(path, document)
            if status == 201:
                made.append(json.loads(body)["data"]["id"])
        elif index < len(made):
            yield scene.request("PUT", f"{path}/{made[index]}", json.dumps(document).encode())


def move_scopes(scene, note, stop):
    """An expensive scope goes from one rule to another and back: one is emptied and the other gets
    it at once, each on a connection of its own, so that it is new again when its turn comes."""
    path = "/api/v2/scorecard/rules"
    salt = random.randrange(1_000_000)
    query = scope(salt, True)
    made = []
    while not stop.is_set():
        with contextlib.suppress(OSError, Broken), \
                contextlib.closing(Wire(scene.address)) as first, \
                contextlib.closing(Wire(scene.address)) as second:
            while len(made) < 2:
                status, body = first.ask(scene.post(path, rule(f"Move {salt} {len(made)}", "")))
                note(f"{status // 100}xx")
                if status == 201:
                    made.append(json.loads(body)["data"]["id"])
            for turn in itertools.count():
                if stop.is_set():
                    return
                for wire, index, wanted in ((first, turn % 2, ""), (second, 1 - turn % 2, query)):
                    document = rule(f"Move {salt} {index}", wanted)
                    wire.send(scene.request("PUT", f"{path}/{made[index]}",
                                            json.dumps(document).encode()))
                for wire in (first, second):
                    note(f"{wire.ask(b'')[0] // 100}xx")


def write_outcomes(scene):
    """The bodies are made before, so that the callers need little of the machine."""
    cells = scene.entities * len(scene.rules)
    firsts = [random.randrange(max(1, cells - RESULTS)) for _ in range(4)]
    bodies = [scene.post("/api/v2/scorecard/outcomes", batch(scene.rules, first, RESULTS, turn))
              for turn, first in enumerate(firsts)]
    for number in itertools.count():
        yield bodies[number % len(bodies)]


def write_definitions(scene):
    for number in _numbers():
        first = random.randrange(scene.entities - DEFINITIONS)
        yield scene.post("/api/v2/catalog/entity", [
            {**definition(n, TAGS), "metadata": {
                **definition(n, TAGS)["metadata"], "description": f"turn {number}"}}
            for n in range(first, first + DEFINITIONS)])


def write_large_definitions(scene):
    """The most bytes that the definitions of a request may have; each time all texts are others.
    The bodies are made before, so that the callers need little of the machine."""
    first = random.randrange(scene.entities - DEFINITIONS)
    bodies = [scene.post("/api/v2/catalog/entity", [
        {**definition(n, 0), "extensions": {
            f"key-{i:04}": f"turn {turn} {'x' * 60}" for i in range(LARGE_MEMBERS)}}
        for n in range(first, first + DEFINITIONS)]) for turn in range(2)]
    assert all(0.95 * DEFINITION_TEXTS_MAX < len(body) < DEFINITION_TEXTS_MAX for body in bodies)
    for number in itertools.count():
        yield bodies[number % len(bodies)]


def write_zipped(scene):
    """Small on the wire, the most that is read."""
    body = gzip.compress(b'{"data":{"attributes":{"results":[' + b" " * (BODY_BYTES_MAX - 100)
                         + b"]}}}")
    while True:
        yield scene.request("POST", "/api/v2/scorecard/outcomes", body,
                            [("Content-Encoding", "gzip")])


def ask_metrics(_):
    while True:
        yield b"GET /metrics HTTP/1.1\r\nHost: bench\r\n\r\n"


def _numbers():
    return itertools.count(random.randrange(1_000_000))


def call(scene, asks, note, _stop):
    """One request after the other; a lost connection is made again."""
    generator = asks(scene)
    request = next(generator)
    while True:
        try:
            with contextlib.closing(Wire(scene.address)) as wire:
                while True:
                    answer = wire.ask(request)
                    note(f"{answer[0] // 100}xx")
                    request = generator.send(answer)
        except (OSError, Broken) as error:
            note(type(error).__name__.lower())
            request = next(generator)
            time.sleep(0.01)


# ---- clients that misbehave --------------------------------------------------------------------


def leave_at_once(scene, note, stop):
    """Asks what is expensive and closes without reading."""
    asks = [ask_scores(scene), ask_relations(scene)]
    while not stop.is_set():
        for generator in asks:
            with contextlib.suppress(OSError), contextlib.closing(Wire(scene.address)) as wire:
                wire.send(next(generator))
                note("left")
                time.sleep(0.02)


def announce_bodies(scene, note, stop):
    """Says that a body comes, the largest one, and sends none."""
    head = scene.request("POST", "/api/v2/scorecard/outcomes").replace(
        b"Content-Length: 0", b"Content-Length: %d" % BODY_BYTES_MAX)
    _hold(scene, lambda: head, note, stop)


def never_read(scene, note, stop):
    """Asks for large pages and does not read them."""
    asks = ask_entities(scene)
    _hold(scene, lambda: next(asks), note, stop)


def never_read_as_stranger(scene, note, stop):
    _hold(scene, lambda: b"GET /openapi.json HTTP/1.1\r\nHost: bench\r\n\r\n" * 20, note, stop)


def _hold(scene, request, note, stop):
    """Some connections with a request on each, made again when the server ends one."""
    held = []
    while not stop.is_set():
        with contextlib.suppress(OSError):
            while len(held) < HELD_CONNECTIONS:
                wire = Wire(scene.address)
                held.append(wire)
                wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                wire.send(request())
                note("held")
        for wire in held:
            if _is_closed(wire.socket):
                wire.close()
        held = [wire for wire in held if wire.socket.fileno() >= 0]
        stop.wait(0.1)


def _is_closed(connection):
    """Without taking bytes."""
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def _calls(asks):
    return lambda scene, note, stop: call(scene, asks, note, stop)


BY_NAME = "lists by one name"  # has an organisation of its own
LOADS = {
    "relations with entities": _calls(ask_relations),
    "entities far in the list": _calls(ask_entities),
    "service definitions": _calls(ask_definitions),
    "scores, 100 wildcards": _calls(ask_scores),
    "outcomes, 100 wildcards": _calls(ask_outcomes),
    BY_NAME: _calls(ask_by_name),
    "CSV downloads": _calls(ask_csv),
    "campaigns with scores": _calls(ask_campaigns),
    "rules, 100 terms": _calls(write_rules),
    "scopes that move": move_scopes,
    "batches of 10,000": _calls(write_outcomes),
    "definitions, 100 tags": _calls(write_definitions),
    "large definitions": _calls(write_large_definitions),
    "zipped bodies": _calls(write_zipped),
    "/metrics": _calls(ask_metrics),
    "ask and leave": leave_at_once,
    "announce bodies": announce_bodies,
    "never read": never_read,
    "never read, no key": never_read_as_stranger,
}


def run_caller(name, scene, counts, stop, seed):
    """The main function of a caller's process. The measured ones come first on this machine."""
    os.nice(10)
    random.seed(seed)

    def note(what):
        counts.put((name, what))

    LOADS[name](scene, note, stop)

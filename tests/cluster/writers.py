"""Load on several servers, and what their answers promise.

Each Writer pushes to three kinds of cells: its own, where it knows every state; shared ones, where
each change has remarks that no other has; and contended ones, which all writers set to a few
values. A batch of own cells is sent until it is acknowledged, to another server when one fails, as
a real client does: that must not count twice. The others are sent once, and what a lost answer
means stays open.
"""

import random
import socket
import threading
import time

from cluster import HANG_SECONDS
from support.client import Client, Closed, wait_until, within

STATES = ("pass", "fail", "skip")
OWN_ENTITIES = 60
SHARED_ENTITIES = 40
CONTENDED_ENTITIES = 5
SIZES = (1, 1, 1, 5, 10, 40)
ANSWER_SECONDS = 30.0
SETTLE_SECONDS = 60.0


class Batch:
    """A batch that was sent, and its fate. Times are of the monotonic clock."""

    def __init__(self, kind, results, status=202, changed=None):
        self.kind = kind          # own, again, shared, contended, bad
        self.results = results
        self.status = status      # that it must get
        self.changed = changed    # outcomes that it must change, where that is known
        self.sent = None          # when it was first sent
        self.answered = None      # when it was acknowledged
        self.tries = 0
        self.request_ids = []     # of its answers, 503 among them
        self.fate = "new"         # acknowledged, refused, open

    def retries(self):
        return self.kind in ("own", "again")


class Writer:
    """Pushes to one server of `servers`; now and then, and when that fails, to another."""

    def __init__(self, name, seed, servers, home):
        self.name = name
        self.random = random.Random(f"{seed}-{name}")
        self.cells = {}        # its own: (rule, entity) -> (state, remarks), as acknowledged
        self.batches = []      # all that were sent
        self.failures = []     # answers that no request should get
        self.acknowledged = 0  # batches
        self.unavailable = 0   # answers 503 and lost answers
        self.slowest = 0.0     # seconds of one request
        self._servers = servers
        self._server = home
        self._clients = {}
        self._count = 0
        self._pause = threading.Event()

    def run(self, keys, rules, stop):
        """Until `stop` is set and no batch waits for its acknowledgement."""
        deadline = None
        batch = None
        while not self.failures:
            if batch is None:
                if stop.is_set():
                    break
                if self.random.random() < 0.1:
                    self._server = self.random.randrange(len(self._servers))
                batch = self._next(rules)
                self.batches.append(batch)
            if stop.is_set() and deadline is None:
                deadline = time.monotonic() + within(SETTLE_SECONDS)
            if deadline and time.monotonic() > deadline:
                self.failures.append(f"{self.name}: not acknowledged in {SETTLE_SECONDS} s")
            if self._send(batch, keys):
                batch = None
        for _, client in self._clients.values():
            client.close()

    def _send(self, batch, keys):
        """True when the batch needs no further try."""
        batch.tries += 1
        began = time.monotonic()
        batch.sent = batch.sent or began
        answer = self._push(batch, keys)
        took = time.monotonic() - began
        self.slowest = max(self.slowest, took)
        if took > within(HANG_SECONDS):
            self.failures.append(f"{self.name}: {took:.1f} s for an answer: {answer}")
        if answer is not None and answer.status == batch.status:
            self._take(batch, answer)
            return True
        if answer is not None and answer.status != 503:
            self.failures.append(f"{self.name}: expected {batch.status}, got {answer}")
            return True
        self.unavailable += 1
        if answer is not None:
            batch.request_ids += ids_of_refusal(answer)
        self._server = (self._server + 1) % len(self._servers)
        self._pause.wait(0.02)
        if batch.status != 202:
            batch.fate = "refused"
            return True
        batch.fate = "open"
        return not batch.retries()

    def _push(self, batch, keys):
        """The answer; None when it was lost, or nobody listens."""
        address = self._servers[self._server].address
        if address is None:
            return None
        known, client = self._clients.get(self._server, (None, None))
        if known != address:
            if client:
                client.close()
            client = Client(address, keys, ANSWER_SECONDS)
            self._clients[self._server] = (address, client)
        try:
            return client.push(batch.results)
        except (OSError, Closed, socket.timeout):
            return None

    def _take(self, batch, answer):
        if batch.status != 202:
            batch.fate = "refused"
            return
        batch.fate = "acknowledged"
        self.acknowledged += 1
        batch.answered = time.monotonic()
        batch.request_ids.append(answer.json["data"]["id"])
        received = answer.json["meta"]["total_received"]
        if received != len(batch.results):
            self.failures.append(f"{self.name}: sent {len(batch.results)}, got {answer}")
        if batch.kind == "own":
            self.cells.update({cell_of(r): value_of(r) for r in batch.results})

    # --- what is sent

    def _next(self, rules):
        kind = self.random.choices(("own", "again", "shared", "contended", "bad"),
                                   (8, 3, 6, 4, 1))[0]
        if kind == "again" and self.cells:
            return self._again()
        if kind == "contended":
            return Batch(kind, [self._contended(rules) for _ in range(3)])
        results = self._changes(rules, "shared" if kind == "shared" else self.name,
                                SHARED_ENTITIES if kind == "shared" else OWN_ENTITIES)
        if kind == "bad":
            return self._spoil(results)
        kind = "shared" if kind == "shared" else "own"
        return Batch(kind, results, changed=len(results))

    def _changes(self, rules, entities, count):
        """Changes of different cells, each with remarks that nobody else has."""
        cells = [(rule, entity) for rule in rules for entity in range(count)]
        chosen = self.random.sample(cells, self.random.choice(SIZES))
        results = []
        for rule, entity in chosen:
            self._count += 1
            results.append({"rule_id": rule, "state": self.random.choice(STATES),
                            "entity_reference": f"service:default/{entities}-{entity}",
                            "remarks": f"{self.name} {self._count}"})
        return results

    def _again(self):
        """Reports outcomes that are there already: that changes nothing."""
        cells = self.random.sample(list(self.cells), min(5, len(self.cells)))
        results = [{"rule_id": rule, "entity_reference": entity, "state": state,
                    "remarks": remarks}
                   for rule, entity in cells for state, remarks in [self.cells[rule, entity]]]
        return Batch("again", results, changed=0)

    def _contended(self, rules):
        entity = self.random.randrange(CONTENDED_ENTITIES)
        return {"rule_id": self.random.choice(rules), "state": self.random.choice(STATES[:2]),
                "entity_reference": f"service:default/contended-{entity}"}

    def _spoil(self, results):
        for result in results:
            result["remarks"] = f"refused {self.name}"
        results[-1]["entity_reference"] = f"service:default/refused-{self.name}"
        if self.random.random() < 0.5:
            results[-1]["state"] = "broken"
            return Batch("bad", results, status=400)
        results[-1]["rule_id"] = f"no-rule-{self.name}-{self._count}"
        return Batch("bad", results, status=409)


def cell_of(result):
    return result["rule_id"], result["entity_reference"]


def value_of(result):
    return result["state"], result.get("remarks", "")


def ids_of_refusal(answer):
    """The number that a 503 tells of its request, under which it can be asked for later."""
    try:
        number = answer.json["errors"][0].get("meta", {}).get("id")
    except (ValueError, KeyError, AttributeError):
        return []
    return [number] if number else []


class Load:
    """The writers of a test; start() and finish() frame the load."""

    def __init__(self, cluster, seed, writers=6):
        servers = cluster.servers
        self.writers = [Writer(f"w{i}", seed, servers, i % len(servers)) for i in range(writers)]
        self._cluster = cluster
        self._stop = threading.Event()
        self._threads = []

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.finish()

    def start(self):
        self._stop.clear()
        arguments = (self._cluster.keys, self._cluster.rules, self._stop)
        self._threads = [threading.Thread(target=writer.run, args=arguments)
                         for writer in self.writers]
        for thread in self._threads:
            thread.start()
        return self

    def finish(self):
        """Lets each writer end once its batch is acknowledged."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self._threads = []

    def batches(self):
        return [batch for writer in self.writers for batch in writer.batches]

    def acknowledged(self):
        return sum(writer.acknowledged for writer in self.writers)

    def failures(self):
        return [text for writer in self.writers for text in writer.failures]

    def unavailable(self):
        return sum(writer.unavailable for writer in self.writers)

    def wait_for(self, count, seconds=60.0):
        """Until that many more batches are acknowledged."""
        wanted = self.acknowledged() + count
        wait_until(lambda: self.acknowledged() >= wanted or self.failures(), seconds,
                   f"{count} more batches are acknowledged")
        self.raise_failures()

    def raise_failures(self):
        assert not self.failures(), "\n".join(self.failures()[:5])

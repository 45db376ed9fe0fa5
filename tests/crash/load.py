"""Load on one server, and what its answers promise.

Each Pusher owns its entities, so that the order of the changes of an outcome is known; all share
the rules. A Pusher stops at the first request whose answer does not come: what became of that one
is open, and everything before it is not.
"""

import random
import socket
import threading

from support.client import Client, Closed

POSITION = "scorekeeper-position"
STATES = ("pass", "fail", "skip")
OUTCOMES = "/api/v2/scorecard/outcomes"
RULES = "/api/v2/scorecard/rules"


def position_of(answer):
    """The position up to which the answer shows all changes; 0: it does not tell."""
    return int(answer.header(POSITION) or 0)


class Promise:
    """A batch that was answered with 202: the id of its request and the counts that its document
    must tell."""

    def __init__(self, request_id, received, changed):
        self.request_id = request_id
        self.received = received
        self.changed = changed


def apply(results, cells):
    """Applies a batch to {(rule, entity): (state, remarks)}; how many outcomes it changes. The
    last of two results for one outcome wins."""
    last = {}
    for result in results:
        value = (result["state"], result.get("remarks", ""))
        last[result["rule_id"], result["entity_reference"]] = value
    changed = sum(cells.get(cell) != value for cell, value in last.items())
    cells.update(last)
    return changed


class Pusher:
    """Pushes batches over one connection. `cells` is what the server has acknowledged of its
    entities."""

    ENTITIES = 150

    def __init__(self, name, seed):
        self.name = name
        self.random = random.Random(f"{seed}-{name}")
        self.cells = {}
        self.open_batch = None   # sent, answer lost
        self.resend = None       # a batch whose fate was open, to be sent again
        self.promises = []
        self.position = 0        # the highest of its answers
        self.settled = {True: 0, False: 0}  # open batches found whole, found absent
        self.refused = 0
        self.failures = []       # answers that no request should get
        self._count = 0
        self._new_connections = self.random.random() < 0.25

    def run(self, address, keys, rules, stop):
        """Until `stop` is set or an answer is lost."""
        with Client(address, keys, timeout=30.0) as client:
            while not stop.is_set() and not self.failures:
                results, status = self._next(rules)
                self.open_batch = results if status == 202 else None
                try:
                    answer = client.push(results)
                except (OSError, Closed, socket.timeout):
                    return
                self.position = max(self.position, position_of(answer))
                if self._new_connections:
                    client.close()
                if not self._take(answer, results, status):
                    return

    def _take(self, answer, results, status):
        if answer.status == 503 and status == 202:
            return False  # its fate is open: the batch stays in open_batch
        self.open_batch = None
        if answer.status != status:
            self.failures.append(f"{self.name}: expected {status}, got {answer}")
            return False
        if status == 202:
            received = answer.json["meta"]["total_received"]
            if received != len(results):
                self.failures.append(f"{self.name}: sent {len(results)}, got {answer}")
            changed = apply(results, self.cells)
            self.promises.append(Promise(answer.json["data"]["id"], len(results), changed))
        else:
            self.refused += 1
        return True

    def _next(self, rules):
        """A batch and the status that it must get."""
        if self.resend:
            results, self.resend = self.resend, None
            return results, 202
        size = self.random.choice((1, 1, 1, 10, 10, 100))
        kind = self.random.choices(("changed", "mixed", "unchanged", "twice", "invalid", "unknown"),
                                   (8, 4, 4, 2, 1, 1))[0]
        if kind == "unchanged" and self.cells:
            return [self._again() for _ in range(size)], 202
        results = [self._change(rules) for _ in range(size)]
        if kind == "mixed" and self.cells:
            results += [self._again() for _ in range(size)]
            self.random.shuffle(results)
        elif kind == "twice":
            first = results[0]
            results.append({**self._change(rules), "rule_id": first["rule_id"],
                            "entity_reference": first["entity_reference"]})
        elif kind in ("invalid", "unknown"):
            return self._spoil(results, kind)
        return results, 202

    def _spoil(self, results, kind):
        """Marks the results, so that a trace of them is found, and makes one of them bad."""
        for result in results:
            result["remarks"] = f"refused {self.name}"
        results[-1]["entity_reference"] = f"service:refused-{self.name}"
        bad = self.random.choice(results)
        if kind == "invalid":
            bad["state"] = "broken"
            return results, 400
        bad["rule_id"] = "no-such-rule"
        return results, 409

    def _change(self, rules):
        self._count += 1
        entity = f"{self.name}-{self.random.randrange(self.ENTITIES)}"
        return {"rule_id": self.random.choice(rules),
                "entity_reference": f"service:default/{entity}",
                "state": self.random.choice(STATES),
                "remarks": f"{self.name} {self._count} <a href=\"https://x.test/\">ö</a>"}

    def _again(self):
        (rule, entity), (state, remarks) = self.random.choice(list(self.cells.items()))
        return {"rule_id": rule, "entity_reference": entity, "state": state, "remarks": remarks}


class RuleMaker:
    """Makes, changes and deletes rules. `names` is what the server has acknowledged: id -> name."""

    def __init__(self, seed):
        self.random = random.Random(f"{seed}-rules")
        self.names = {}
        self.open_change = None  # ("create", name) or ("update", id, name) or ("delete", id)
        self.position = 0        # the highest of its answers
        self.failures = []
        self._count = 0

    def run(self, address, keys, stop):
        with Client(address, keys, timeout=30.0) as client:
            while not stop.is_set() and not self.failures:
                self.open_change = self._next()
                try:
                    answer = self._send(client, self.open_change)
                except (OSError, Closed, socket.timeout):
                    return
                self.position = max(self.position, position_of(answer))
                if answer.status == 503:
                    return
                self._take(answer)
                self.open_change = None

    def _next(self):
        self._count += 1
        name = f"made {self._count}"
        kind = self.random.choice(("create", "update", "delete"))
        if kind == "create" or len(self.names) < 3:
            return ("create", name)
        rule_id = self.random.choice(list(self.names))
        return (kind, rule_id, name) if kind == "update" else (kind, rule_id)

    def _send(self, client, change):
        def document(name):
            attributes = {"name": name, "scorecard_name": "Made"}
            return {"data": {"type": "rule", "attributes": attributes}}

        if change[0] == "create":
            return client.call("POST", RULES, document(change[1]))
        if change[0] == "update":
            return client.call("PUT", f"{RULES}/{change[1]}", document(change[2]))
        return client.call("DELETE", f"{RULES}/{change[1]}")

    def _take(self, answer):
        kind, *rest = self.open_change
        expected = {"create": 201, "update": 200, "delete": 204}[kind]
        if answer.status != expected:
            self.failures.append(f"{self.open_change}: expected {expected}, got {answer}")
        elif kind == "create":
            self.names[answer.json["data"]["id"]] = rest[0]
        elif kind == "update":
            self.names[rest[0]] = rest[1]
        else:
            del self.names[rest[0]]


class Load:
    """The Pushers and the RuleMaker of a run; start() and finish() frame one round."""

    def __init__(self, seed, pushers=6):
        self.pushers = [Pusher(f"p{i}", seed) for i in range(pushers)]
        self.rule_maker = RuleMaker(seed)
        self._stop = threading.Event()
        self._threads = []

    def start(self, address, keys, rules):
        self._stop.clear()
        targets = [(pusher.run, (address, keys, rules, self._stop)) for pusher in self.pushers]
        targets.append((self.rule_maker.run, (address, keys, self._stop)))
        self._threads = [threading.Thread(target=target, args=arguments)
                         for target, arguments in targets]
        for thread in self._threads:
            thread.start()

    def finish(self):
        """Lets each thread end after its current request."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self._threads = []

    def position(self):
        """The highest of all answers."""
        return max(each.position for each in (*self.pushers, self.rule_maker))

    def failures(self):
        return [text for each in (*self.pushers, self.rule_maker) for text in each.failures]

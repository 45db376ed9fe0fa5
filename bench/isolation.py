"""Does one organisation keep another one waiting?

One organisation has 200,000 entities with relations, and 16 callers that ask the most expensive
questions and write the most expensive rules, outcomes and definitions that the limits allow;
isolation_load.py has them. Another one reports single outcomes, and somebody asks /readyz, each on
a plan of its own: whether or not the one before was answered, and the time of a request counts from
the moment when it was due. So does a bare append beside the store, which tells what the disk takes.
Measured without load, with each kind of load on all callers, and with all kinds at once. Used by
bench/run.
"""

import contextlib
import itertools
import json
import multiprocessing
import os
import queue
import shutil
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import isolation_load as load
from scores import resident_mb

CALLERS = 16
RULES = 5
SEEDERS = 4
GOAL_MS = 100.0
RATE = 25  # requests a second of each of the two that are measured
QUIET_SOURCE = "127.0.0.3"
PROBE_SOURCE = "127.0.0.4"
ANSWER_SECONDS = 20.0
SETTLE_SECONDS = 120.0
MEMORY = "/dev/shm" if os.path.isdir("/dev/shm") else None
PROCESSES = multiprocessing.get_context("fork")


@dataclass
class Plan:
    """How much is measured."""

    entities: int = 200_000
    seconds: float = 6.0  # of each kind of load
    seconds_of_all: float = 30.0
    only: list = field(default_factory=list)  # of isolation_load.LOADS


QUICK = Plan(entities=2_000, seconds=1.0, seconds_of_all=4.0)


@dataclass
class Row:
    what: str
    ready: "Times" = None
    post: "Times" = None
    disk: "Times" = None
    asked: dict = field(default_factory=dict)  # what the callers saw -> how often
    settled: float = 0.0  # seconds until both are quick again
    memory_mb: float = 0.0

    def verdict(self):
        """DISK: what a POST waits for, a bare append beside the store waits for as well."""
        if self.ready.meets() and self.post.meets():
            return ""
        if self.ready.meets() and not self.post.refused and not self.disk.meets():
            return "DISK"
        return "OVER"


class Times:
    """The times of one measured request, in ms, and what was not answered as it should be."""

    def __init__(self):
        self._lock = threading.Lock()
        self.taken = []
        self.refused = {}

    def add(self, milliseconds, problem):
        with self._lock:
            self.taken.append(milliseconds)
            if problem is not None:
                self.refused[problem] = self.refused.get(problem, 0) + 1

    def __getstate__(self):
        return self.taken, self.refused

    def __setstate__(self, state):
        self.taken, self.refused = state

    def percentile(self, share):
        ordered = sorted(self.taken)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else None

    def meets(self):
        slowest = self.percentile(0.99)
        return slowest is not None and slowest < GOAL_MS and not self.refused


# ---- what is measured --------------------------------------------------------------------------


def on_plan(ask, seconds, times):
    """Calls ask() RATE times a second, each call on a thread of its own, so that a slow one holds
    up no other; until all are answered."""
    def one(due):
        try:
            what = ask()
        except (OSError, load.Broken) as error:
            what = type(error).__name__
        times.add(1000 * (time.perf_counter() - due), what)

    begin = time.perf_counter()
    threads = []
    for number in range(int(seconds * RATE)):
        due = begin + number / RATE
        time.sleep(max(0.0, due - time.perf_counter()))
        threads.append(threading.Thread(target=one, args=(due,)))
        threads[-1].start()
    for thread in threads:
        thread.join()


class Ready:
    """GET /readyz as an orchestrator asks it: on a new connection."""

    def __init__(self, address):
        self._address = address

    def __call__(self):
        request = b"GET /readyz HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n"
        wire = load.Wire(self._address, PROBE_SOURCE, ANSWER_SECONDS)
        with contextlib.closing(wire):
            wire.send(request)
            answer = b""
            while data := wire.socket.recv(1 << 16):
                answer += data
        return None if answer.startswith(b"HTTP/1.1 200 ") else answer[9:12].decode("latin-1")


class Post:
    """One outcome that changes, on a connection that is kept and has no other request on it."""

    def __init__(self, scene):
        self._scene = scene
        self._idle = queue.SimpleQueue()
        self._turns = itertools.count()

    def __call__(self):
        body = load.batch(self._scene.rules, 0, 1, next(self._turns))
        try:
            wire = self._idle.get_nowait()
        except queue.Empty:
            wire = load.Wire(self._scene.address, QUIET_SOURCE, ANSWER_SECONDS)
        try:
            status, _ = wire.ask(self._scene.post("/api/v2/scorecard/outcomes", body))
        except (OSError, load.Broken):
            wire.close()
            raise
        self._idle.put(wire)
        return None if status == 202 else str(status)

    def close(self):
        while not self._idle.empty():
            self._idle.get().close()


class Append:
    """4 KiB made durable beside the store: the least that a POST waits for."""

    def __init__(self, folder):
        self._file = os.open(folder / "append", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def __call__(self):
        os.write(self._file, b"a" * 4096)
        os.fdatasync(self._file)


def probe(scene, folder, seconds, pipe):
    """The main function of the measuring process."""
    ready, post, disk = Times(), Times(), Times()
    asks = [(Ready(scene.address), ready), (Post(scene), post), (Append(folder), disk)]
    threads = [threading.Thread(target=on_plan, args=(ask, seconds, times))
               for ask, times in asks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    asks[1][0].close()
    pipe.send((ready, post, disk))


# ---- the rounds --------------------------------------------------------------------------------


class Bench:
    def __init__(self, server, plan, note):
        self.server = server
        self.plan = plan
        self.note = note
        self.rows = []
        self.loud = None
        self.alike = None  # of load.BY_NAME; None: it is not measured
        self.quiet = None

    def prepare(self):
        """The store is filled in memory and then copied to its place: filling it writes gigabytes,
        and the disk of a virtual machine is slow for minutes after that."""
        place = self.server.store
        with tempfile.TemporaryDirectory(prefix="isolation-", dir=MEMORY) as folder:
            self.server.store = Path(folder) / "store"
            self._fill()
            self.server.stop()
            shutil.copytree(self.server.store, place)
        os.sync()
        self.server.store = place
        self.server.start()
        for scene in filter(None, (self.loud, self.alike, self.quiet)):
            scene.address = self.server.address

    def _fill(self):
        self.server.start()
        self.loud, self.quiet = self._scene("loud"), self._scene("quiet")
        self._seed()
        if not self.plan.only or load.BY_NAME in self.plan.only:
            self._seed_alike()

    def _scene(self, org, count=RULES):
        """An organisation with so many rules."""
        self.server.create_org(org)
        keys = self.server.create_keys(org, org=org)
        self.server.wait_for_keys(keys)
        headers = "".join(f"{name}: {value}\r\n" for name, value in keys.headers())
        with self.server.client(keys) as client:
            rules = [client.create_rule(f"Rule {n}", "Benchmark") for n in range(count)]
        return load.Scene(address=self.server.address, headers=headers, rules=rules,
                          entities=self.plan.entities, campaign="")

    def _seed_alike(self):
        begin = time.monotonic()
        self.alike = self._scene("alike", load.ALIKE_RULES)
        piece = load.RESULTS - load.ALIKE_RULES
        self._send("/api/v2/scorecard/outcomes", range(0, load.ALIKE, piece),
                   lambda first: load.alike(self.alike.rules, first,
                                            min(piece, load.ALIKE - first)), self.alike)
        self.note(f"{load.ALIKE:,} entities of one name reported in "
                  f"{time.monotonic() - begin:.1f} s")

    def _seed(self):
        begin = time.monotonic()
        scene = self.loud
        self._send("/api/v2/catalog/entity", range(0, scene.entities, load.DEFINITIONS),
                   lambda first: [load.definition(n)
                                  for n in range(first, first + load.DEFINITIONS)])
        self.note(f"{scene.entities:,} entities defined in {time.monotonic() - begin:.1f} s")
        begin = time.monotonic()
        cells = scene.entities * RULES
        self._send("/api/v2/scorecard/outcomes", range(0, cells, load.RESULTS),
                   lambda first: load.batch(scene.rules, first,
                                            min(load.RESULTS, cells - first), 0))
        self.note(f"{cells:,} outcomes reported in {time.monotonic() - begin:.1f} s")
        attributes = {"key": "load", "name": "Load", "rule_ids": scene.rules,
                      "owner_id": "550e8400-e29b-41d4-a716-446655440000",
                      "start_date": "2026-01-01T00:00:00Z", "entity_scope": load.wildcards(0)}
        with contextlib.closing(load.Wire(scene.address)) as wire:
            status, body = wire.ask(scene.post(
                "/api/v2/scorecard/campaigns",
                {"data": {"type": "campaign", "attributes": attributes}}))
        if status != 201:
            raise SystemExit(f"POST /campaigns: {status} {body[:300]!r}")
        scene.campaign = json.loads(body)["data"]["id"]

    def _send(self, path, firsts, document, scene=None):
        """All of it, on some connections at a time."""
        scene = scene or self.loud
        left = iter(list(firsts))
        problems = []

        def send():
            with contextlib.closing(load.Wire(scene.address)) as wire:
                for first in left:
                    status, body = wire.ask(scene.post(path, document(first)))
                    if status != 202 or problems:
                        problems.append(f"POST {path}: {status} {body[:300]!r}")
                        return

        threads = [threading.Thread(target=send) for _ in range(SEEDERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if problems or next(left, None) is not None:
            raise SystemExit(problems[0] if problems else f"POST {path}: not all was sent")

    def measure(self, what, names, seconds):
        """A row, with these loads on the callers in turn."""
        stop = PROCESSES.Event()
        counts = PROCESSES.Queue()
        callers = [PROCESSES.Process(target=load.run_caller, daemon=True,
                                     args=(name, self.alike if name == load.BY_NAME else self.loud,
                                           counts, stop, number))
                   for number, name in zip(range(CALLERS), itertools.cycle(names or [None]))
                   if name]
        row = Row(what)
        for caller in callers:
            caller.start()
        if callers:
            time.sleep(0.5)
        ours, theirs = PROCESSES.Pipe(duplex=False)
        measuring = PROCESSES.Process(target=probe, args=(self.quiet, self.server.store.parent,
                                                          seconds, theirs))
        measuring.start()
        row.ready, row.post, row.disk = ours.recv()
        measuring.join()
        row.memory_mb = resident_mb(self.server.process.pid)
        self._end(callers, stop, counts, row)
        if callers:
            row.settled = self._settle()
        self.rows.append(row)
        self.note(write_row(row))

    def _end(self, callers, stop, counts, row):
        stop.set()
        deadline = time.monotonic() + 1.0
        while time.monotonic() < deadline or not counts.empty():
            with contextlib.suppress(queue.Empty):
                _, what = counts.get(timeout=0.1)
                row.asked[what] = row.asked.get(what, 0) + 1
        ended = [caller.exitcode for caller in callers if caller.exitcode]
        for caller in callers:
            caller.kill()
            caller.join()
        if ended:
            raise SystemExit(f"{row.what}: {len(ended)} callers have failed")

    def _settle(self):
        """Seconds until /readyz and a POST are quick again."""
        begin = time.monotonic()
        while time.monotonic() - begin < SETTLE_SECONDS:
            if not self.server.is_running():
                raise SystemExit(f"the server has ended\n{self.server.tail()}")
            post = Post(self.quiet)
            asked = time.perf_counter()
            with contextlib.suppress(OSError, load.Broken), contextlib.closing(post):
                good = Ready(self.quiet.address)() is None and post() is None
                if good and 1000 * (time.perf_counter() - asked) < 2 * GOAL_MS:
                    return time.monotonic() - begin
            time.sleep(0.05)
        return float("inf")


# ---- what is printed ---------------------------------------------------------------------------

HEAD = (f"{'':<26} {'/readyz p50':>11} {'p99':>9} {'max':>9}   {'POST p50':>9} {'p99':>9} "
        f"{'max':>9}   {'disk p50':>9} {'p99':>9} {'max':>9}   {'settled s':>9} {'RSS MiB':>8}")


def write_times(times):
    return " ".join(f"{value:>9,.1f}" if value is not None else f"{'-':>9}"
                    for value in map(times.percentile, (0.5, 0.99, 1.0)))


def write_row(row):
    asked = ", ".join(f"{count} {what}" for what, count in sorted(row.asked.items()))
    refused = "".join(f"; {name} not as it should be: {times.refused}"
                      for name, times in (("/readyz", row.ready), ("POST", row.post))
                      if times.refused)
    verdict = f"  {row.verdict()}" if row.verdict() else ""
    return (f"{row.what:<26}   {write_times(row.ready)}   {write_times(row.post)}   "
            f"{write_times(row.disk)}   {row.settled:>9.1f} {row.memory_mb:>8,.0f}{verdict}\n"
            f"{'':<28}callers: {asked or 'none'}{refused}")


def report(rows):
    """Lines of text, and how many rows are over the goal."""
    over = [row.what for row in rows if row.verdict() == "OVER"]
    disk = [row.what for row in rows if row.verdict() == "DISK"]
    lines = [HEAD, *(write_row(row) for row in rows), "",
             f"goal: p99 under {GOAL_MS:g} ms of both, and every answer as it should be: "
             + (f"missed by {', '.join(over)}" if over else "met by all" if not disk else
                "met by all others")]
    if disk:
        lines.append(f"not to be judged, since a bare append took as long: {', '.join(disk)}")
    return lines, len(over) + len(disk)


def run(server, plan, note):
    """`server`: of tests/support, not started. The lines to keep, and how many rows are over the
    goal."""
    bench = Bench(server, plan, note)
    bench.prepare()
    note(HEAD)
    bench.measure("no load", [], plan.seconds)
    names = plan.only or list(load.LOADS)
    for name in names:
        bench.measure(name, [name], plan.seconds)
    if len(names) > 1:
        bench.measure("all at once", names, plan.seconds_of_all)
    server.stop()
    return report(bench.rows)

"""Servers on one PostgreSQL: one, two and three of them, side by side with a bare libpq loop that
appends the same rows and with Node.js + PostgreSQL.

Each round starts from a copy of the same filled database, and measures batches of 100 on 16 and 64
connections, spread evenly over the servers, all changed and unchanged. Then: the time from a 202 of
one server until another shows the outcome, and the memory of each server. The PostgreSQL is a
private one, durable, on loopback. Used by bench/run.
"""

import random
import shutil
import statistics
import subprocess
import tempfile
import time
import urllib.parse
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import node_peer
from notes import COLUMNS, Notes, cpu_seconds, ratio, run_json, write_ratios
from scores import resident_mb
from support.client import Keys
from support.postgres import Postgres
from support.server import Server

ROOT = Path(__file__).resolve().parents[1]
MIGRATIONS = ROOT / "src" / "store" / "postgres" / "migrations"
RULES = 10
SERVERS = (1, 2, 3)
SHAPES = ((100, 16), (100, 64))
MODES = ("unchanged", "changed")  # in this order: what is filled is still there for the first
GROUPS = (1, 16, 64)  # requests in one transaction of the bare loop
FOLLOW_SECONDS = 0.05  # between two looks of a server at the database
FILTER = "/api/v2/scorecard/outcomes?filter[outcome][service_name]=service:visible"
OUTCOMES = "outcomes_per_second"
# The settings make commits durable; memory and log are as one would give them to a small server.
SETTINGS = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on",
            "shared_buffers": "512MB", "max_wal_size": "4GB"}
# Without the bytes that a server writes, which are PostgreSQL's here; with its CPU time.
CLUSTER_COLUMNS = [column for column in COLUMNS if column[1] != "bytes_per_outcome"] + \
    [("DB CPU us", "database_cpu_us", 2, 9)]


@dataclass
class Plan:
    """How much is measured."""

    rounds: int = 3
    seconds: float = 1.5  # of one measurement
    entities: int = 100_000
    visible: int = 500  # outcomes whose way to another server is timed
    visible_loaded_seconds: float = 8.0


QUICK = Plan(rounds=1, seconds=0.5, entities=3_000, visible=60, visible_loaded_seconds=2.0)


# ---- the database ---------------------------------------------------------------------------


def psql(address, sql):
    """The answer's only value, as text."""
    done = subprocess.run(["psql", address, "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
                          check=False)
    if done.returncode != 0:
        raise SystemExit(f"psql: {done.stderr}")
    return done.stdout.strip()


class Database:
    """The PostgreSQL of this run."""

    def __init__(self, postgres):
        postgres.start()
        self.admin = postgres.create_database("admin")
        self._pid = int(psql(self.admin, "SELECT pg_read_file('postmaster.pid')").split()[0])

    def create(self, name):
        """The address of an empty one."""
        psql(self.admin, f"CREATE DATABASE {name}")
        return self._address(name)

    @contextmanager
    def copy(self, name):
        """The address of a copy that is there for as long as it is measured."""
        psql(self.admin, f"CREATE DATABASE measured TEMPLATE {name} STRATEGY file_copy")
        try:
            yield self._address("measured")
        finally:
            psql(self.admin, "DROP DATABASE measured WITH (FORCE)")

    def _address(self, name):
        return urllib.parse.urlsplit(self.admin)._replace(path="/" + name).geturl()

    def cpu_seconds(self):
        """The processor time of all processes of PostgreSQL."""
        children = Path(f"/proc/{self._pid}/task/{self._pid}/children").read_text().split()
        total = cpu_seconds(self._pid, ended_children=True)
        for child in children:
            try:
                total += cpu_seconds(child)
            except FileNotFoundError:
                pass  # it has just ended
        return total

    def describe(self):
        version = psql(self.admin, "SHOW server_version").split()[0]
        shown = ", ".join(f"{name} {psql(self.admin, f'SHOW {name}')}" for name in SETTINGS)
        if psql(self.admin, "SHOW fsync") != "on":
            raise SystemExit("this PostgreSQL does not sync: it cannot be compared")
        return f"PostgreSQL {version}: {shown}"


# ---- what is measured -----------------------------------------------------------------------


class Bench:
    """The programs, the folder of this run, the database, and the notes."""

    def __init__(self, programs, folder, plan, database):
        self.programs = programs
        self.folder = folder
        self.plan = plan
        self.database = database
        self.rules = folder / "rules"
        self.keys = None
        self.loop = None  # the address of the bare loop's database
        self.notes = Notes()
        self.memory = {}  # number of servers -> MiB of each, a list for each round

    def load_command(self, addresses, keys, mode, shape, seconds):
        return [self.programs / "load", "--address", ",".join(addresses),
                "--api-key", keys.api_key, "--application-key", keys.application_key,
                "--rules", self.rules, "--entities", self.plan.entities, "--mode", mode,
                "--results", shape[0], "--connections", shape[1],
                "--milliseconds", int(seconds * 1000), "--warm-up-milliseconds", 300]

    def load(self, addresses, keys, mode, shape, pids, seconds=None):
        """The report of the load generator, with the CPU time of the servers and of PostgreSQL."""
        command = self.load_command(addresses, keys, mode, shape, seconds or self.plan.seconds)
        before = sum(map(cpu_seconds, pids)), self.database.cpu_seconds()
        result = run_json(*command)
        after = sum(map(cpu_seconds, pids)), self.database.cpu_seconds()
        if result["accepted"]:
            result["cpu_us"], result["database_cpu_us"] = (
                1e6 * (end - begin) / result["accepted"] for begin, end in zip(before, after))
        return result

    # --- the servers

    def fill_servers(self):
        """The database that each round begins with: rules, keys, and every cell once."""
        address = self.database.create("filled")
        with Server(self.programs / "scorekeeper", store=address) as server:
            server.start()
            self.keys = server.create_keys("bench")
            server.wait_for_keys(self.keys)
            with server.client(self.keys) as client:
                ids = [client.create_rule(f"Rule {n}", "Benchmark", level=1 + n % 3)
                       for n in range(RULES)]
            self.rules.write_text("\n".join(ids) + "\n")
            self.fill("{}:{}".format(*server.address), self.keys)
            server.stop()
        psql(address, "VACUUM ANALYZE")

    def fill(self, address, keys):
        begin = time.monotonic()
        filled = run_json(*self.load_command([address], keys, "fill", (1000, 16), 0))
        print(f"  {filled['accepted']:,} outcomes stored in {time.monotonic() - begin:.1f} s",
              flush=True)

    @contextmanager
    def servers(self, address, count):
        """A list of that many running servers, which share the database."""
        servers = [Server(self.programs / "scorekeeper", store=address) for _ in range(count)]
        try:
            for server in servers:
                server.start()
            yield servers
            for server in servers:
                server.stop()
        finally:
            for server in servers:
                server.close()

    def measure_servers(self, count):
        with self.database.copy("filled") as address, \
                self.servers(address, count) as servers:
            addresses = ["{}:{}".format(*server.address) for server in servers]
            pids = [server.process.pid for server in servers]
            for mode in MODES:
                for shape in SHAPES:
                    result = self.load(addresses, self.keys, mode, shape, pids)
                    self.notes.add(servers_label(count, mode), shape, result)
            self.memory.setdefault(count, []).append([resident_mb(pid) for pid in pids])

    # --- the peers

    def fill_peer(self):
        address = self.database.create("filled_peer")
        psql(address, node_peer.SCHEMA.read_text())
        values = ", ".join(f"({n}, '{rule}', 'Rule {n}')"
                           for n, rule in enumerate(self.rules.read_text().split()))
        psql(address, f"INSERT INTO rule VALUES {values}")
        with node_peer.NodePeer(address, self.folder / "peer.log") as peer:
            self.fill(peer.address, PEER_KEYS)
            assert len(peer.outcomes("service:payments-0000000")) == RULES
        psql(address, "VACUUM ANALYZE")

    def measure_peer(self):
        with self.database.copy("filled_peer") as address, \
                node_peer.NodePeer(address, self.folder / "peer.log") as peer:
            rows = "SELECT count(*) FROM outcome_history"
            for mode in MODES:
                for shape in SHAPES:
                    before = int(psql(address, rows))
                    result = self.load([peer.address], PEER_KEYS, mode, shape, [peer.process.pid])
                    result["changed_share"] = \
                        (int(psql(address, rows)) - before) / result["accepted"]
                    self.notes.add(f"Node + PostgreSQL, {mode}", shape, result)

    def make_loop(self):
        """The schema and nothing in it."""
        self.loop = self.database.create("loop")
        for file in sorted(MIGRATIONS.glob("*.sql")):
            psql(self.loop, file.read_text())

    def measure_loop(self):
        for group in GROUPS:
            for mode in ("unnest", "copy"):
                # The log refuses to be emptied otherwise.
                psql(self.loop, "ALTER TABLE log DISABLE TRIGGER log_emptied;"
                                "TRUNCATE log, request, log_head;"
                                "ALTER TABLE log ENABLE TRIGGER log_emptied")
                before = self.database.cpu_seconds()
                result = run_json(self.programs / "libpq_loop", "--address", self.loop,
                                  "--mode", mode, "--requests-per-commit", group,
                                  "--milliseconds", int(self.plan.seconds * 1000))
                used = self.database.cpu_seconds() - before
                result["database_cpu_us"] = 1e6 * used / result["rows"]
                self.notes.add(loop_label(mode, group), (100, 1), result)

    # --- from 202 to visible on another server

    def measure_visible(self):
        """Lines of text."""
        lines = []
        with self.database.copy("filled") as address, \
                self.servers(address, 2) as servers, \
                servers[0].client(self.keys) as writer, servers[1].client(self.keys) as reader:
            visible = Visible(writer, reader, self.rules.read_text().split()[0])
            lines.append(visible.measure("asked again and again", visible.poll,
                                         range(self.plan.visible)))
            lines.append(visible.measure("scorekeeper-min-position", visible.wait_for_position,
                                         range(self.plan.visible // 5)))
            command = self.load_command(["{}:{}".format(*servers[0].address)], self.keys,
                                        "changed", SHAPES[0], self.plan.visible_loaded_seconds)
            load = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL,
                                    stdout=subprocess.DEVNULL)
            try:
                lines.append(visible.measure("asked again and again, c=16 on the first server",
                                             visible.poll,
                                             iter(lambda: load.poll() is None, False)))
            finally:
                load.terminate()
                load.wait()
        return lines


class Visible:
    """One outcome that changes through one server and is asked for on another."""

    def __init__(self, writer, reader, rule):
        self._writer = writer
        self._reader = reader
        self._rule = rule
        self._count = 0
        self._random = random.Random(20_260_501)

    def measure(self, what, wait_until_visible, times):
        """A line of text. Posts at random moments between two looks of the other server."""
        taken = []
        for _ in times:
            time.sleep(self._random.uniform(0, FOLLOW_SECONDS))
            self._count += 1
            remarks = f"visible {self._count}."
            answer = self._writer.push([{"rule_id": self._rule, "state": "pass",
                                         "entity_reference": "service:visible",
                                         "remarks": remarks}])
            begin = time.perf_counter()
            if answer.status != 202:
                raise SystemExit(f"POST /outcomes: {answer}")
            wait_until_visible(answer, remarks.encode())
            taken.append(1000 * (time.perf_counter() - begin))
        taken.sort()
        if not taken:
            return f"{what:<50} nothing was measured"
        line = (f"{what:<50} {len(taken):>6} times  p50 {taken[len(taken) // 2]:>7.2f} ms  "
                f"p99 {taken[len(taken) * 99 // 100]:>7.2f} ms  max {taken[-1]:>7.2f} ms")
        print("  " + line, flush=True)
        return line

    def _shows(self, remarks, headers=()):
        answer = self._reader.call("GET", FILTER, headers=headers)
        if answer.status != 200:
            raise SystemExit(f"GET /outcomes: {answer}")
        return remarks in answer.body

    def poll(self, _, remarks):
        deadline = time.monotonic() + 10
        while not self._shows(remarks):
            if time.monotonic() > deadline:
                raise SystemExit("not visible on the other server after 10 s")

    def wait_for_position(self, answer, remarks):
        position = answer.header("scorekeeper-position")
        if position is None:
            raise SystemExit("the 202 has no scorekeeper-position")
        if not self._shows(remarks, [("scorekeeper-min-position", position)]):
            raise SystemExit(f"not visible at position {position}")


# ---- what is printed ------------------------------------------------------------------------


PEER_KEYS = Keys({"api_key": node_peer.API_KEY, "application_key": "none"})


def servers_label(count, mode=None):
    return f"{count} server{'s' if count > 1 else ''}" + (f", {mode}" if mode else "")


def loop_label(mode, group):
    return f"bare loop, {mode}, {group} a commit"


def ratios(notes):
    """[(what, value, goal)]. Up to c requests wait while a group commits: the loop's group is c."""
    found = []
    for shape in SHAPES:
        connections = shape[1]
        loop = notes.median(loop_label("unnest", connections), (100, 1), OUTCOMES)
        for count in SERVERS:
            changed, unchanged = (notes.median(servers_label(count, mode), shape, OUTCOMES)
                                  for mode in ("changed", "unchanged"))
            peer, peer_unchanged = (notes.median(f"Node + PostgreSQL, {mode}", shape, OUTCOMES)
                                    for mode in ("changed", "unchanged"))
            name = f"c={connections}, {servers_label(count)}: "
            found += [
                (f"{name}changed, against the bare loop, unnest, {connections} a commit",
                 ratio(changed, loop), ">= 0.80" if count == 1 else ""),
                (f"{name}changed, against Node + PostgreSQL", ratio(changed, peer), ""),
                (f"{name}unchanged, against Node + PostgreSQL",
                 ratio(unchanged, peer_unchanged), ""),
            ]
    found += [(f"bare loop, {group} a commit: COPY against unnest",
               ratio(notes.median(loop_label("copy", group), (100, 1), OUTCOMES),
                     notes.median(loop_label("unnest", group), (100, 1), OUTCOMES)), "")
              for group in GROUPS]
    return found


def write_memory(memory):
    for count, rounds in sorted(memory.items()):
        each = [statistics.median(values) for values in zip(*rounds)]
        yield (f"resident memory of {servers_label(count)} at the end: "
               + ", ".join(f"{value:,.0f} MiB" for value in each))


def report(bench, visible):
    return [*bench.notes.table(CLUSTER_COLUMNS), "", *write_ratios(ratios(bench.notes)), "",
            "from 202 to visible on another server:", *(f"  {line}" for line in visible), "",
            *write_memory(bench.memory), "", f"errors: {bench.notes.errors()}"]


def run(programs, data, plan):
    """The lines to keep, and how many requests failed."""
    folder = data / "cluster"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    node_peer.install()
    tempfile.tempdir = str(folder)  # the database and all logs on the disk that is meant
    with Postgres(settings=SETTINGS) as postgres:
        bench = Bench(programs, folder, plan, Database(postgres))
        head = [bench.database.describe(), node_peer.version()]
        print("\n".join(head), flush=True)
        bench.fill_servers()
        bench.fill_peer()
        bench.make_loop()
        for number in range(plan.rounds):
            print(f"round {number + 1}", flush=True)
            for count in SERVERS:
                bench.measure_servers(count)
            bench.measure_peer()
            bench.measure_loop()
        print("visible", flush=True)
        return [*head, "", *report(bench, bench.measure_visible())], bench.notes.errors()

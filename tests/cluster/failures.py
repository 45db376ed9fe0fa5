"""Tests of failures under load: servers, the database, a pool before it, clocks. Each test_…
function is one test; all end with a look at everything."""

import random
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from cluster import Cluster, assert_unavailable
from ledger import look
from support.postgres import Pgbouncer, Postgres
from writers import Load

KILLS = 4
BATCHES = 250  # acknowledged between two failures
SKEWS = (0, 3600, -3600)  # seconds


@contextmanager
def running(binary, count=3, **options):
    """A started PostgreSQL and servers on one database of it."""
    with Postgres(**options) as postgres:
        address = postgres.start().create_database()
        with Cluster(binary, [address] * count) as cluster:
            yield postgres, cluster


def test_server_killed(binary):
    """kill -9 of one server, again and again; the others go on, and it comes back."""
    chosen = random.Random(1)
    with running(binary) as (postgres, cluster):
        with Load(cluster, 1) as load:
            for _ in range(KILLS):
                load.wait_for(BATCHES)
                server = chosen.choice(cluster.servers)
                server.kill()
                load.wait_for(BATCHES)  # through the others
                server.start()
            load.wait_for(BATCHES)
        look(cluster, postgres, load, {"kills": KILLS})


def test_rolling_restart(binary):
    """SIGTERM to one server after the other: each drains, ends with code 0, and comes back."""
    with running(binary) as (postgres, cluster):
        with Load(cluster, 7) as load:
            for server in cluster.servers:
                load.wait_for(BATCHES)
                server.stop()
                load.wait_for(BATCHES)
                server.start()
            load.wait_for(BATCHES)
        look(cluster, postgres, load)


def test_database_killed(binary):
    """kill -9 of all of PostgreSQL, then a fast shutdown: servers say so, never hang, and are back
    when it is."""
    with running(binary, password=True) as (postgres, cluster):
        with Load(cluster, 2) as load:
            for end in (postgres.kill, postgres.stop):
                load.wait_for(BATCHES)
                end()
                cluster.wait_until_not_ready()
                for number in range(len(cluster.servers)):
                    assert_unavailable(cluster, number)
                    assert cluster.status_of(number, "/healthz") == 200
                postgres.start()
                cluster.wait_until_ready()
            load.wait_for(BATCHES)
        look(cluster, postgres, load)


@contextmanager
def shifted_clock():
    """A library that shifts the clock of the process that preloads it."""
    with tempfile.TemporaryDirectory(prefix="scorekeeper-clock-") as folder:
        library = Path(folder) / "shifted_clock.so"
        source = Path(__file__).with_name("shifted_clock.c")
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, source], check=True)
        yield library


def test_clock_skew(binary):
    """Servers whose clocks are hours apart: the ledger's times never go back, and its positions
    grow (the queries of verify())."""
    with shifted_clock() as library, Postgres() as postgres:
        address = postgres.start().create_database()
        environments = [{"LD_PRELOAD": str(library), "CLOCK_SHIFT_SECONDS": str(skew)}
                        for skew in SKEWS]
        with Cluster(binary, [address] * len(SKEWS), environments) as cluster:
            with Load(cluster, 5) as load:
                load.wait_for(4 * BATCHES)
            # The clock that is ahead was heard: all rows after its first have its hour.
            ahead = int(postgres.value("SELECT max(at) FROM log", cluster.database))
            assert ahead / 1e6 > time.time() + max(SKEWS) - 600, ahead
            look(cluster, postgres, load, {"hours ahead": round(ahead / 3.6e9 - time.time() / 3600,
                                                                2)})


def test_pgbouncer(binary):
    """Servers through a pool in session mode, which is killed and started again."""
    with Postgres() as postgres:
        postgres.start().create_database("pooled")
        with Pgbouncer(postgres) as pool:
            pool.start()
            with Cluster(binary, [pool.address("pooled")] * 2) as cluster:
                with Load(cluster, 6) as load:
                    load.wait_for(2 * BATCHES)
                    pool.kill()
                    cluster.wait_until_not_ready()
                    pool.start()
                    cluster.wait_until_ready()
                    load.wait_for(2 * BATCHES)
                look(cluster, postgres, load)

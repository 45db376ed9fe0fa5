"""Databases whose history goes on elsewhere, or is another one: a standby is promoted, a standby is
lost, an older copy is restored. Each test_… function is one test."""

import subprocess
import threading
import time
from contextlib import contextmanager

from cluster import DOUBTS, REFOLDS, Cluster
from ledger import MIN_POSITION, list_outcomes, look
from proxy import Proxy
from support.client import Closed, wait_until, within
from support.postgres import Postgres
from together import POSITION_SECONDS, RULES
from writers import Load

BATCHES = 250
SECONDS = 20.0


@contextmanager
def replicated(binary):
    """A primary, its synchronous standby, and servers that know both."""
    with Postgres() as primary:
        primary.start().create_database("replicated")
        with Postgres(standby_of=primary) as standby:
            standby.start()
            primary.make_synchronous()
            address = primary.address(
                "replicated", parameters="target_session_attrs=read-write",
                hosts=f"127.0.0.1:{primary.port},127.0.0.1:{standby.port}")
            with Cluster(binary, [address] * 3) as cluster:
                yield primary, standby, cluster


def test_failover(binary):
    """The primary is killed and its synchronous standby promoted: the servers follow, fold the
    history again, and nothing acknowledged is lost."""
    with replicated(binary) as (primary, standby, cluster):
        with Load(cluster, 21) as load:
            load.wait_for(BATCHES)
            primary.kill()
            cluster.wait_until_not_ready()
            standby.promote()
            cluster.wait_until_ready()
            load.wait_for(BATCHES)
        for number in range(len(cluster.servers)):
            assert cluster.metric(number, REFOLDS) >= 1, f"server {number}"
        look(cluster, standby, load)


def test_failover_during_a_commit(binary):
    """A standby that lacks the newest outcomes is promoted while a COMMIT of a server is on its
    way, and the server learns of it late: it folds the history of the new primary."""
    with Postgres() as primary:
        primary.start().create_database("late")
        with Postgres(standby_of=primary) as standby, Proxy(primary.port) as proxy:
            standby.start()
            ports = (f"127.0.0.1:{proxy.port}",
                     f"127.0.0.1:{primary.port},127.0.0.1:{standby.port}")
            addresses = [primary.address("late", hosts=hosts) for hosts in ports]
            with Cluster(binary, addresses) as cluster:
                _fail_over_during_a_commit(cluster, primary, standby, proxy)


def _fail_over_during_a_commit(cluster, primary, standby, proxy):
    head = "SELECT position FROM log_head"
    rule = cluster.rules[0]

    def push(client, *entities):
        return client.push([{"rule_id": rule, "state": "pass", "remarks": "",
                             "entity_reference": f"service:default/{name}"} for name in entities])

    with cluster.client(0) as first, cluster.client(1) as second:
        assert push(first, "kept").status == 202
        wait_until(lambda: standby.value(head, "late") == primary.value(head, "late"), SECONDS,
                   "the standby has it")
        standby.query("ALTER SYSTEM SET primary_conninfo = ''")
        standby.query("SELECT pg_reload_conf()")
        wait_until(lambda: not primary.query("SELECT 1 FROM pg_stat_replication"), SECONDS,
                   "the standby follows no more")
        assert push(first, "lost 1", "lost 2", "lost 3").status == 202
        proxy.hold(b"commit_turn")
        doubt = threading.Thread(target=lambda: push(first, "doubt"))
        doubt.start()
        assert proxy.caught.wait(SECONDS), "no COMMIT was on its way"
        standby.promote()
        proxy.target = standby.port
        primary.kill()
        wait_until(lambda: push(second, "new 1").status == 202, SECONDS, "the other goes on")
        for number in range(2, 9):
            assert push(second, f"new {number}").status == 202
        proxy.release()
        doubt.join()
    wait_until(lambda: cluster.metric(0, REFOLDS) >= 1, SECONDS, "the history is folded again")
    cluster.wait_until_ready()
    with cluster.client(0) as first:
        wait_until(lambda: push(first, "lost 1").status == 202, SECONDS, "it takes outcomes")
    expected = sorted(["service:default/kept", "service:default/lost 1",
                       *(f"service:default/new {number}" for number in range(1, 9))])
    stored = sorted(entity for (entity,) in standby.query("SELECT entity FROM outcome", "late"))
    assert stored == expected, stored
    for server in cluster.servers:
        shown = list_outcomes(server, cluster.keys, standby.value(head, "late"))
        assert sorted(entity for _, entity in shown) == expected, shown


def test_standby_lost(binary):
    """A COMMIT that no standby confirmed is in doubt until one does: it is not acknowledged
    before."""
    waiting = "FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    with replicated(binary) as (primary, standby, cluster):
        with Load(cluster, 22) as load:
            load.wait_for(BATCHES)
            standby.kill()
            wait_until(lambda: primary.query(f"SELECT 1 {waiting}"), SECONDS, "a COMMIT waits")
            before = load.acknowledged()
            primary.query(f"SELECT pg_cancel_backend(pid) {waiting}")
            wait_until(lambda: cluster.metric_of_all(DOUBTS) >= 1, SECONDS, "it is in doubt")
            wait_until(lambda: primary.query(f"SELECT 1 {waiting}"), SECONDS,
                       "the look for it waits, too")
            assert load.acknowledged() == before, "acknowledged without a standby"
            standby.start()
            load.wait_for(BATCHES)
        found = cluster.answers_of_doubts()
        assert "yes" in found, found
        look(cluster, primary, load, {"in doubt, then stored": ", ".join(found)})


def test_standby_lost_for_good(binary):
    """While a COMMIT waits without end the server says that it is not ready, answers who asks for
    a position in time, and stops when it is told to."""
    with replicated(binary) as (primary, standby, cluster):
        standby.kill()
        server = cluster.servers[0]
        threading.Thread(target=_push_in_vain, args=(cluster,), daemon=True).start()
        wait_until(lambda: primary.query("SELECT 1 FROM pg_stat_activity "
                                         "WHERE wait_event = 'SyncRep'"), SECONDS, "it waits")
        wait_until(lambda: not server.is_ready(), SECONDS, "the server is not ready")
        began = time.monotonic()
        with cluster.client(0) as client:
            answer = client.call("GET", RULES, headers=[(MIN_POSITION, "1000000")])
        assert answer.status == 503, answer
        assert time.monotonic() - began < within(POSITION_SECONDS), time.monotonic() - began
        server.terminate()
        code = server.wait_for_exit()
        assert code == 0, f"exit code {code}\n{server.tail()}"


def _push_in_vain(cluster):
    try:
        push(cluster, 0, "vain", 1)
    except (OSError, Closed, AssertionError):
        pass


def push(cluster, number, text, count):
    """Outcomes of their own entities, through that server, which may need a moment to reach a
    database that is back."""
    with cluster.client(number) as client:
        for entity in range(count):
            result = {"rule_id": cluster.rules[0], "state": "pass", "remarks": text,
                      "entity_reference": f"service:default/{text}-{entity}"}
            wait_until(lambda r=result: client.push([r]).status == 202, SECONDS, "accepted")


def test_restored_database(binary):
    """An older copy takes the database's place: the servers forget what is not in it."""
    with Postgres() as postgres:
        address = postgres.start().create_database("restored")
        with Cluster(binary, [address] * 2) as cluster:
            push(cluster, 0, "kept", 5)
            postgres.stop()
            copy = postgres.folder / "copy"
            subprocess.run(["cp", "-a", postgres.data, copy], check=True)
            postgres.start()
            cluster.wait_until_ready()
            push(cluster, 1, "lost", 20)
            head = postgres.value("SELECT max(position) FROM log_head", "restored")
            for server in cluster.servers:
                assert len(list_outcomes(server, cluster.keys, head)) == 25
            postgres.stop()
            postgres.data.rename(postgres.folder / "newer")
            copy.rename(postgres.data)
            postgres.start()
            for number in range(2):
                wait_until(lambda n=number: cluster.metric(n, REFOLDS) >= 1, SECONDS,
                           f"server {number} folds again")
            cluster.wait_until_ready()
            push(cluster, 0, "after", 1)
            head = postgres.value("SELECT max(position) FROM log_head", "restored")
            for server in cluster.servers:
                shown = list_outcomes(server, cluster.keys, head)
                assert sorted(value[1] for value in shown.values()) == ["after"] + ["kept"] * 5
            cluster.stop()

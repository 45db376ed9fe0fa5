"""The network between servers and database is cut, so that answers to COMMITs are lost. Each test_…
function is one test, in network namespaces of its own."""

import subprocess
import threading
import time
from contextlib import ExitStack, contextmanager

from cluster import DOUBTS, HANG_SECONDS, Cluster, assert_unavailable
from ledger import REQUESTS, list_outcomes, look
from network import Links, in_own_network
from support.client import wait_until
from support.postgres import Postgres
from writers import Load, ids_of_refusal

BATCHES = 60  # acknowledged between two cuts
CUTS_MIN = 4
CUTS_MAX = 12
# Long enough to be seen and cut off.
SLOW_COMMITS = {"commit_delay": "50000", "commit_siblings": "0"}
# How long a server waits for a database that is silent: less than by default, for the test's sake.
SHORT_WAITS = "connect_timeout=2&tcp_user_timeout=2000"
SHORT_WAIT_SECONDS = 3.0  # what those come to, and some more


@contextmanager
def behind_links(binary):
    """A database, servers that reach it over a link each, and the links."""
    links = Links(3)
    with Postgres(listen=links.hosts, namespace=links.namespace, settings=SLOW_COMMITS) as postgres:
        postgres.start().create_database("cut")
        addresses = [postgres.address("cut", hosts=f"{host}:{postgres.port}",
                                      parameters=SHORT_WAITS) for host in links.hosts]
        with Cluster(binary, addresses) as cluster:
            yield postgres, cluster, links


@in_own_network
def test_network_cut(binary):
    """Links are cut under load, in one direction or both, until a COMMIT whose answer was lost was
    found to be stored."""
    with behind_links(binary) as (postgres, cluster, links):
        cuts = []
        with Load(cluster, 3) as load:
            load.wait_for(BATCHES)
            cuts.append(cut_until_unavailable(cluster, links, 0))
            load.wait_for(BATCHES)
            cuts.append(cut_until_noticed(cluster, links, 1, "requests"))
            while len(cuts) < CUTS_MIN or "yes" not in cluster.answers_of_doubts():
                assert len(cuts) < CUTS_MAX, f"no COMMIT in doubt: {cuts}"
                load.wait_for(BATCHES)
                cuts.append(cut_until_noticed(cluster, links, wait_for_commit(postgres), "answers"))
            load.wait_for(BATCHES)
        found = cluster.answers_of_doubts()
        assert len(found) == cluster.metric_of_all(DOUBTS), found
        look(cluster, postgres, load, {"cuts": ", ".join(cuts),
                                       "in doubt, then stored": ", ".join(found)})


def wait_for_commit(postgres):
    """The number of a server that commits right now."""
    rows = wait_until(lambda: postgres.query(
        "SELECT split_part(host(client_addr), '.', 3) FROM pg_stat_activity "
        "WHERE query = 'COMMIT' AND state = 'active'"), HANG_SECONDS, "a server commits")
    return int(rows[0][0])


def cut_until_unavailable(cluster, links, number):
    """Takes the link down until the server refuses; it is back when the link is."""
    with links.cut(number, "both"):
        wait_until(lambda: cluster.status_of(number) == 503, HANG_SECONDS,
                   f"server {number} is not ready")
        assert_unavailable(cluster, number)
    cluster.wait_until_ready()
    return "both"


def cut_until_noticed(cluster, links, number, kind):
    """Cuts one direction until the server has lost a COMMIT's answer, or had none under way and is
    not ready."""
    before = cluster.metric(number, DOUBTS)
    with links.cut(number, kind):
        noticed = time.monotonic() + SHORT_WAIT_SECONDS
        wait_until(lambda: cluster.metric(number, DOUBTS) > before
                   or (time.monotonic() > noticed and cluster.status_of(number) == 503),
                   HANG_SECONDS, f"server {number} notices that there are no {kind}")
    cluster.wait_until_ready()
    return kind


@contextmanager
def held_heads(postgres, database):
    """Nothing is written meanwhile: a session has locked the heads of all orgs."""
    with subprocess.Popen(postgres.shell(database), stdin=subprocess.PIPE, text=True,
                          stdout=subprocess.PIPE) as session:
        session.stdin.write("BEGIN; SELECT count(*) FROM (SELECT 1 FROM log_head FOR UPDATE) "
                            "AS heads;\n")
        session.stdin.flush()
        assert session.stdout.readline().strip() == "1"
        yield
        session.stdin.close()  # psql ends, and its transaction


@in_own_network
def test_commit_that_never_arrived(binary):
    """The requests of a turn are lost, COMMIT among them, after the head was locked: the answer is
    503, nothing is stored, the others wait until the database gives the lock up, and the client's
    second try counts once."""
    with behind_links(binary) as (postgres, cluster, links), ExitStack() as cut:
        results = [{"rule_id": cluster.rules[0], "entity_reference": "service:default/late",
                    "state": "fail", "remarks": "sent twice"}]
        answers = []

        def push():
            with cluster.client(1) as client:
                answers.append(client.push(results))

        # Nothing is left to read: after the lock comes what is written.
        head = postgres.value("SELECT max(position) FROM log_head", cluster.database)
        list_outcomes(cluster.servers[1], cluster.keys, head)
        sent = threading.Thread(target=push)
        with held_heads(postgres, cluster.database):
            sent.start()
            wait_until(lambda: postgres.query(
                "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"), HANG_SECONDS,
                "the server waits for the head")
            cut.enter_context(links.cut(1, "requests"))
        wait_until(lambda: cluster.metric(1, DOUBTS) == 1, HANG_SECONDS, "a COMMIT in doubt")
        cut.close()
        sent.join()
        assert cluster.answers_of_doubts() == ["no"], cluster.answers_of_doubts()
        assert answers[0].status == 503, answers
        (request,) = ids_of_refusal(answers[0])
        with cluster.client(0) as client:
            assert client.call("GET", f"{REQUESTS}/{request}").status == 404
            assert client.push(results).status == 202
        with Load(cluster, 8) as load:
            load.wait_for(BATCHES)
        assert postgres.query("SELECT state FROM outcome_history WHERE remarks = 'sent twice'",
                              cluster.database) == [["fail"]]
        look(cluster, postgres, load)

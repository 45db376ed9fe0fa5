"""Tests of the promises of several servers on one database to each other's clients: read your
writes, news within a second. Each test_… function is one test."""

import itertools
import threading
import time
from contextlib import contextmanager

from cluster import Cluster
from ledger import MIN_POSITION, OUTCOMES, POSITION, REQUESTS, verify
from support.client import wait_until, within
from support.postgres import Postgres
from writers import Load

RULES = "/api/v2/scorecard/rules"
ENTITIES = "/api/v2/catalog/entity"
OF_ENTITY = "filter%5Boutcome%5D%5Bservice_name%5D="
ROUNDS = 40
KEY_SECONDS = 1.5  # a change of keys counts within a second; some more for the test's own requests
POSITION_SECONDS = 12.0  # the longest that an answer to a position of the future takes


@contextmanager
def three_servers(binary):
    with Postgres() as postgres:
        address = postgres.start().create_database()
        with Cluster(binary, [address] * 3) as cluster:
            clients = [cluster.client(number) for number in range(3)]
            try:
                yield postgres, cluster, clients
            finally:
                for client in clients:
                    client.close()


def pairs(clients):
    """ROUNDS pairs of different clients."""
    return itertools.islice(itertools.cycle(itertools.permutations(clients, 2)), ROUNDS)


def outcome(rule, entity, remarks="", state="pass"):
    return {"rule_id": rule, "entity_reference": f"service:default/{entity}", "state": state,
            "remarks": remarks}


def position_of(answer):
    return int(answer.header(POSITION))


def get_at(client, target, position):
    """GET that waits until the server shows the position."""
    answer = client.call("GET", target, headers=[(MIN_POSITION, str(position))])
    assert answer.status == 200, answer
    assert position_of(answer) >= position, answer.headers
    return answer.json["data"]


def test_read_your_writes(binary):
    """Another server shows acknowledged reports at once to clients that ask for that position."""
    with three_servers(binary) as (postgres, cluster, clients):
        rule = cluster.rules[0]
        load = Load(cluster, 11, writers=2)
        with load:
            for number, (one, other) in enumerate(pairs(clients)):
                answer = one.push([outcome(rule, f"mine-{number}", f"mine {number}")])
                assert answer.status == 202, answer
                target = f"{OUTCOMES}?{OF_ENTITY}service:default/mine-{number}"
                (item,) = get_at(other, target, position_of(answer))
                assert item["attributes"]["remarks"] == f"mine {number}", item
        verify(cluster, postgres, load)


def test_one_cell_on_all_servers(binary):
    """Each server compares with what the others have written: a change of a cell counts, and the
    same again, wherever, does not."""
    with three_servers(binary) as (postgres, cluster, clients):
        for number, (one, other) in enumerate(pairs(clients)):
            result = outcome(cluster.rules[0], "everybody", state=("pass", "fail")[number % 2])
            for client, changed in ((one, 1), (other, 0), (one, 0)):
                answer = client.push([result])
                assert answer.status == 202, answer
                found = get_at(other, f"{REQUESTS}/{answer.json['data']['id']}",
                               position_of(answer))
                assert found["attributes"]["total_changed"] == changed, (number, found)
        rows = postgres.value("SELECT count(*) FROM outcome_history", cluster.database)
        assert int(rows) == ROUNDS, rows


def test_position_of_the_future(binary):
    """503 after some seconds, and no other request waits for it; what is no position is 400."""
    with three_servers(binary) as (_, cluster, clients):
        head = position_of(clients[0].call("GET", OUTCOMES))
        answers = []

        def ask():
            with cluster.client(0) as client:
                answers.append(client.call("GET", OUTCOMES, headers=[
                    (MIN_POSITION, str(head + 1000))]))

        began = time.monotonic()
        thread = threading.Thread(target=ask)
        thread.start()
        assert clients[0].push([outcome(cluster.rules[0], "beside")]).status == 202
        assert not answers, answers
        thread.join()
        took = time.monotonic() - began
        assert answers[0].status == 503, answers
        assert 1.0 < took < within(POSITION_SECONDS), took
        for wrong in ("x", "-1", "1.5", "99999999999999999999999"):
            answer = clients[0].call("GET", OUTCOMES, headers=[(MIN_POSITION, wrong)])
            assert answer.status == 400, (wrong, answer)


def test_new_rule(binary):
    """A rule that one server made is known to the others at once, one that it removed is not; what
    nobody made is 409 everywhere."""
    with three_servers(binary) as (_, _, clients):
        for number, (one, other) in enumerate(pairs(clients)):
            rule = one.create_rule(f"new {number}")
            answer = other.push([outcome(rule, f"e{number}")])
            assert answer.status == 202, (number, answer)
            if number % 4 == 0:
                renamed = {"data": {"type": "rule", "attributes": {
                    "name": f"renamed {number}", "scorecard_name": "Tests"}}}
                answer = other.call("PUT", f"{RULES}/{rule}", renamed)
                assert answer.status == 200, answer
                items = get_at(one, f"{RULES}?filter%5Brule%5D%5Bid%5D={rule}",
                               position_of(answer))
                assert [i["attributes"]["name"] for i in items] == [f"renamed {number}"], items
                assert one.call("DELETE", f"{RULES}/{rule}").status == 204
                answer = other.push([outcome(rule, f"e{number}", "removed")])
                assert answer.status == 409, (number, answer)
            answer = other.push([outcome(f"nobody-made-{number}", "e")])
            assert answer.status == 409, answer


def test_keys(binary):
    """Keys that the command line made are honoured by all servers within a second, and refused when
    they were revoked; so are orgs."""
    with three_servers(binary) as (_, cluster, _):
        servers = cluster.servers

        def statuses(keys):
            found = set()
            for server in servers:
                with server.client(keys) as client:
                    found.add(client.call("GET", RULES).status)
            return found

        servers[0].create_org("second")
        for org in ("default", "second"):
            keys = servers[1].create_keys("new", org)
            wait_until(lambda k=keys: statuses(k) == {200}, KEY_SECONDS, "the key is honoured")
            servers[2].run("key", "revoke", keys.application_key_id, "--store",
                           str(servers[2].store))
            wait_until(lambda k=keys: statuses(k) == {403}, KEY_SECONDS, "the key is refused")
        listing = servers[0].run("key", "list", "--store", str(servers[0].store)).stdout
        assert "new" in listing and servers[0].store not in listing, listing


def test_removed_entity(binary):
    """An entity that one server removed is gone on the others with its outcomes, and back when it
    is reported again."""
    with three_servers(binary) as (_, cluster, clients):
        rule = cluster.rules[0]
        for number, (one, other) in enumerate(itertools.islice(pairs(clients), 12)):
            name = f"gone-{number}"
            mine = f"{OUTCOMES}?{OF_ENTITY}service:default/{name}"
            answer = one.call("POST", ENTITIES, {
                "apiVersion": "v3", "kind": "service", "metadata": {"name": name}})
            assert answer.status in (200, 202), answer
            pushed = other.push([outcome(rule, name, "first")])
            assert pushed.status == 202, pushed
            assert len(get_at(one, mine, position_of(pushed))) == 1
            removed = one.call("DELETE", f"{ENTITIES}/service:default/{name}")
            assert removed.status == 204, removed
            assert get_at(other, mine, position_of(removed)) == []
            listed = get_at(other, f"{ENTITIES}?filter%5Bname%5D={name}", position_of(removed))
            assert listed == [], listed
            # Reported as before: that is news now.
            answer = other.push([outcome(rule, name, "first")])
            assert answer.status == 202, answer
            (item,) = get_at(one, mine, position_of(answer))
            assert item["attributes"]["remarks"] == "first", item


def test_servers_that_start_together(binary):
    """If servers meet an empty database at once, one makes the schema and the first keys."""
    with Postgres() as postgres:
        address = postgres.start().create_database()
        with Cluster(binary, [address] * 3) as cluster:
            printed = [server.output.read_text() for server in cluster.servers]
            assert sum("api_key" in text for text in printed) == 1, printed
            assert postgres.value("SELECT count(*) FROM org", cluster.database) == "1"
            assert postgres.value("SELECT count(*) FROM key WHERE name = 'initial'",
                                  cluster.database) == "2"
            cluster.stop()

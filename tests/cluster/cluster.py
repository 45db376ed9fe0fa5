"""Several servers on one database."""

import re
import time

from support.client import Closed, Connection, wait_until, within
from support.server import Server

RECOVER_SECONDS = 40.0
RULES = 3
HANG_SECONDS = 15.0  # no request takes longer, whatever is broken
DOUBTS = "scorekeeper_commits_in_doubt_total"
REFOLDS = "scorekeeper_store_refolds_total"


class Cluster:
    """`addresses`: the store of each server. They are started one after the other, use one pair of
    keys, and have RULES rules."""

    def __init__(self, binary, addresses, environments=None):
        self.servers = []
        self.database = re.sub(r".*/|\?.*", "", addresses[0])
        self.keys = None
        self.rules = []
        try:
            for number, address in enumerate(addresses):
                environment = environments[number] if environments else None
                self.servers.append(Server(binary, store=address, environment=environment))
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        try:
            for server in self.servers:
                server.start(wait="listening")
            for server in self.servers:
                server.wait_until_ready()
            self.keys = self.servers[0].create_keys("cluster")
            for server in self.servers:
                server.wait_for_keys(self.keys)
            with self.client(0) as client:
                self.rules = [client.create_rule(f"rule {i}", "Cluster") for i in range(RULES)]
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for server in self.servers:
            server.close()

    def client(self, number):
        return self.servers[number].client(self.keys)

    def stop(self):
        """A clean end of all."""
        for server in self.servers:
            server.terminate()
        for server in self.servers:
            code = server.wait_for_exit()
            assert code == 0, f"exit code {code}\n{server.tail()}"

    def metric(self, number, name):
        """The value of a metric of that server."""
        return self.servers[number].metric(name)

    def metric_of_all(self, name):
        return sum(self.metric(number, name) for number in range(len(self.servers)))

    def answers_of_doubts(self):
        """The servers' findings about COMMITs whose answers were lost: yes, no or unknown."""
        return [line["stored"] for server in self.servers for line in server.log_lines()
                if line.get("event") == "commit_in_doubt"]

    def status_of(self, number, path="/readyz"):
        """The status of a GET without keys; None when nobody answers."""
        try:
            with Connection(self.servers[number].address, 15.0) as connection:
                return connection.request("GET", path).status
        except (OSError, Closed):
            return None

    def wait_until_ready(self, seconds=RECOVER_SECONDS):
        for number, server in enumerate(self.servers):
            wait_until(lambda n=number: self.status_of(n) == 200, seconds,
                       f"server {number} is ready again: {server.tail(5)}")

    def wait_until_not_ready(self, seconds=15.0):
        for number in range(len(self.servers)):
            wait_until(lambda n=number: self.status_of(n) == 503, seconds,
                       f"server {number} is not ready any more")


def assert_unavailable(cluster, number):
    """A batch is answered 503, and soon."""
    began = time.monotonic()
    with cluster.client(number) as client:
        answer = client.push([{"rule_id": cluster.rules[0], "state": "pass",
                               "entity_reference": "service:default/refused-without-database"}])
    assert answer.status == 503, answer
    assert answer.json["errors"][0]["status"] == "503", answer
    took = time.monotonic() - began
    assert took < within(HANG_SECONDS), f"{took:.1f} s for a 503"

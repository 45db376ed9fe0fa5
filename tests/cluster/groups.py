"""Readers see whole requests, on whatever server: one that fell behind shows all at once."""

import signal
import threading

from ledger import OUTCOMES
from together import get_at, outcome, position_of, three_servers

SCORES = "/api/v2/scorecard/scores/by-rule?filter%5Brule%5D%5Bid%5D="
ENTITIES_OF_REQUEST = 7_000  # so that no round number of rows ends where a request does
REQUESTS_OF_ROUND = 5
READERS = 3
ROUNDS = 4


class Reader:
    """Asks one server for a rule's counts, over and over, on READERS connections."""

    def __init__(self, cluster, number, rule):
        self.seen = set()  # (passing, failing)
        self.errors = []
        self._done = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(cluster, number, rule))
                         for _ in range(READERS)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._done.set()
        for thread in self._threads:
            thread.join()

    def _run(self, cluster, number, rule):
        try:
            with cluster.client(number) as client:
                while not self._done.is_set():
                    answer = client.call("GET", SCORES + rule)
                    assert answer.status == 200, answer
                    for item in answer.json["data"]:
                        counts = item["attributes"]
                        self.seen.add((counts["total_pass"], counts["total_fail"]))
        except BaseException as error:  # pylint: disable=broad-except
            self.errors.append(error)


def test_whole_requests(binary):
    """A server is stopped while another takes requests that turn a rule from pass to fail and back
    for all entities: no answer of it has some of both."""
    with three_servers(binary) as (_, cluster, clients):
        rule = cluster.rules[0]
        behind = cluster.servers[1].process
        with Reader(cluster, 1, rule) as reader:
            for _ in range(ROUNDS):
                behind.send_signal(signal.SIGSTOP)
                try:
                    for number in range(REQUESTS_OF_ROUND):
                        state = ("pass", "fail")[number % 2]
                        answer = clients[0].push([outcome(rule, f"e{n}", state=state)
                                                  for n in range(ENTITIES_OF_REQUEST)])
                        assert answer.status == 202, answer
                finally:
                    behind.send_signal(signal.SIGCONT)
                get_at(clients[1], OUTCOMES, position_of(answer))
        assert not reader.errors, reader.errors
        whole = {(0, 0), (ENTITIES_OF_REQUEST, 0), (0, ENTITIES_OF_REQUEST)}
        assert (ENTITIES_OF_REQUEST, 0) in reader.seen, reader.seen
        assert reader.seen <= whole, sorted(reader.seen - whole)

#!/usr/bin/env python3
"""How long lists of the catalog take, first and last pages, with many entities and relations.

bench/catalog.py BINARY [ENTITIES] starts a server with a store of its own and prints medians.
"""

import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from support.server import Server  # noqa: E402

REFERENCES = 100  # of each definition
REQUESTS = 5


def fill(client, entities):
    """Entities that outcomes tell of, and one definition that names each hundred of them."""
    rule = client.create_rule("R")
    for begin in range(0, entities, 10_000):
        results = [{"rule_id": rule, "entity_reference": f"queue:q{n * 7919 % entities:07}",
                    "state": "pass"} for n in range(begin, min(begin + 10_000, entities))]
        answer = client.call("POST", "/api/v2/scorecard/outcomes",
                             {"data": {"attributes": {"results": results}}})
        assert answer.status == 202, answer
    for begin in range(0, entities // REFERENCES, 50):
        definitions = [
            {"apiVersion": "v3", "kind": "service", "metadata": {"name": f"s{n:07}"},
             "spec": {"dependsOn": [f"queue:q{n * REFERENCES + i:07}" for i in range(REFERENCES)]}}
            for n in range(begin, min(begin + 50, entities // REFERENCES))]
        answer = client.call("POST", "/api/v2/catalog/entity", definitions)
        assert answer.status == 202, answer


def measure(client, target):
    """Milliseconds: the median."""
    times = []
    for _ in range(REQUESTS):
        begin = time.perf_counter()
        answer = client.call("GET", target)
        times.append((time.perf_counter() - begin) * 1000)
        assert answer.status == 200 and answer.json["data"], (target, answer)
    return statistics.median(times)


def main(binary, entities=100_000):
    """Prints one line for each list."""
    server = Server(binary)
    try:
        server.start()
        server.create_org("catalog")
        keys = server.create_keys("catalog", "catalog")
        server.wait_for_keys(keys)
        with server.client(keys) as client:
            fill(client, entities)
            every = "includeDiscovered=true&page[limit]="
            last = f"&page[offset]={entities - 1000}"
            related = "relation?" + every + "1000"
            ends = related + "&include=entity"
            for target in (
                    f"entity?{every}100", f"entity?{every}1000", f"entity?{every}1000{last}",
                    f"entity?{every}100{last}&filter[kind]=queue",
                    f"entity?{every}100&filter[name]=q0000007",
                    f"entity?{every}100&filter[relation][type]=RelationTypeDependencyOf",
                    related, ends, ends + last,
                    ends + last + "&filter[type]=RelationTypeDependsOn"):
                took = measure(client, "/api/v2/catalog/" + target)
                print(f"{took:9.1f} ms  {target}", flush=True)
    finally:
        server.close()


if __name__ == "__main__":
    main(sys.argv[1], *(int(number) for number in sys.argv[2:]))

"""A store with many organisations, each with keys, a rule and its outcomes. Used by bench/run.

It is made once in a run, and each measurement has a copy: an organisation and its keys are two
commands of the binary, and a command is some 10 ms of a processor and four times data made durable.
"""

from notes import run_json
from support.server import Server

COUNT = 1_000
ENTITIES = 1_000  # of each
SHAPES = ((1, 64), (100, 16))


def make(binary, load, folder):
    """Makes `folder`/store, and `folder`/orgs, which the load generator reads."""
    server = Server(binary, store=folder / "store")
    try:
        server.start()  # makes the store
        server.stop()
        # While no server runs: one would read all keys again after each of them.
        keys = [_create(server, f"Organisation {number}") for number in range(COUNT)]
        server.start()
        with open(folder / "orgs", "w", encoding="utf-8") as file:
            for pair in keys:
                with server.client(pair) as client:
                    rule = client.create_rule("Rule", "Benchmark")
                file.write(f"{pair.api_key} {pair.application_key} {rule}\n")
        host, port = server.address
        run_json(load, "--address", f"{host}:{port}", "--orgs", folder / "orgs", "--mode", "fill",
                 "--entities", ENTITIES, "--results", 1_000, "--connections", 16)
        server.stop()
    finally:
        server.close()


def _create(server, name):
    server.create_org(name)
    return server.create_keys("bench", org=name)

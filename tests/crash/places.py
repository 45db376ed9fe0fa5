"""Tests of a store whose directory is removed, replaced, emptied, on a disk that is full, or
without its lock file. Each test_… function is one test; faults.run_all() runs them."""

import shutil

from faults import (assert_does_not_start, assert_refused_disk, listed, push_until_full, remember,
                    results_of, small_disk)
from support.client import Closed, wait_until
from support.server import Server

FAILED = 1


def test_start_on_a_full_disk(binary):
    """kill -9 while the disk is full, and it stays full: the next start serves reads, answers 503
    to writes, and takes them again when there is room."""
    with small_disk() as disk, Server(binary, store=disk / "store") as server:
        ballast = disk / "ballast"
        ballast.write_bytes(b"\0" * (2 << 20))
        server.start()
        known = {}
        with server.client() as client:
            rule = client.create_rule("full disk")
            assert_refused_disk(push_until_full(client, rule, known))
        server.kill()
        _fill(disk / "rest")
        server.start()
        with server.client() as client:
            assert listed(client) == known
            # A write-ahead log that start-up has emptied takes some batches without a new block.
            assert_refused_disk(push_until_full(client, rule, known))
            assert client.call("GET", "/readyz").status == 200
            ballast.unlink()
            more = results_of(rule, len(known), 10, "after")
            wait_until(lambda: client.push(more).status == 202, 10.0,
                       "accepted again after space was freed")
            remember(known, more)
        server.kill()
        server.start()
        with server.client() as client:
            assert listed(client) == known, "lost over kill -9"
        server.stop()


def _fill(file):
    """Takes what is left of a disk, byte by byte at the end."""
    with open(file, "wb", buffering=0) as rest:
        for size in (4096, 512, 1):
            try:
                while rest.write(b"\0" * size) == size:
                    pass
            except OSError:
                continue


def _ends_by_itself(server, rule):
    """The server notices within seconds, says so and exits with 1; until then it acknowledges
    nothing."""
    try:
        with server.client() as client:
            answer = client.push(results_of(rule, 0, 1, "lost"))
            assert answer.status == 503, answer
    except (Closed, OSError):
        pass  # it has ended before
    assert server.wait_for_exit(15.0) == FAILED, server.tail()
    events = [line.get("event") for line in server.log_lines()]
    assert "store_removed" in events, server.tail()
    _drains_without_a_signal(server)


def _drains_without_a_signal(server):
    """Nobody sent one: the log says what it was."""
    [draining] = [line for line in server.log_lines() if line.get("event") == "draining"]
    assert draining.get("detail") == "the store has failed", draining
    assert "signal" not in draining, draining


def _remove(directory):
    """The server may make its first snapshot meanwhile: a file that is new is removed, too."""
    def is_gone():
        shutil.rmtree(directory, ignore_errors=True)
        return not directory.exists()
    wait_until(is_gone, 10.0, "the directory is removed")


def test_removed_directory(binary):
    """A server whose store was removed refuses reports and does not acknowledge them."""
    with Server(binary) as server:
        server.start()
        keys = server.initial_keys()
        with server.client(keys) as client:
            rule = client.create_rule("a store that goes")
        server.initial_keys = lambda: keys
        _remove(server.store)
        _ends_by_itself(server, rule)
        assert not server.store.exists(), "the end has written into the place of the store"


def test_removed_directory_of_an_idle_server(binary):
    """Nobody reports anything: the server ends all the same."""
    with Server(binary) as server:
        server.start()
        _remove(server.store)
        assert server.wait_for_exit(15.0) == FAILED, server.tail()
        _drains_without_a_signal(server)


def test_replaced_directory(binary):
    """Another store in the place of the first one is left alone."""
    with Server(binary) as server:
        server.start()
        with server.client() as client:
            rule = client.create_rule("a store that is replaced")
            assert client.push(results_of(rule, 0, 10, "kept")).status == 202
            known = listed(client)
        server.run("backup", "--store", str(server.store), str(server.folder / "copy"))
        keys = server.initial_keys()
        server.initial_keys = lambda: keys
        server.store.rename(server.folder / "moved")
        server.run("restore", "--store", str(server.store), str(server.folder / "copy"))
        before = {file.name: file.read_bytes() for file in server.store.iterdir()}
        _ends_by_itself(server, rule)
        assert {file.name: file.read_bytes() for file in server.store.iterdir()} == before
        server.start()
        with server.client() as client:
            assert listed(client) == known
        server.stop()


def test_removed_lock_file(binary):
    """The directory is locked too."""
    with Server(binary) as first, Server(binary, store=first.store) as second:
        first.start()
        (first.store / "scorekeeper.lock").unlink()
        assert_does_not_start(second, f"{first.store} is in use by another process")
        first.stop()


def test_lost_database(binary):
    """A directory that had a store and lost it is not taken for a new one, unless told so."""
    def remove(store):
        (store / "scorekeeper.db").unlink()

    def empty(store):
        (store / "scorekeeper.db").write_bytes(b"")

    for lose in (remove, empty):
        with Server(binary) as server:
            server.start()
            keys = server.initial_keys()
            server.stop()
            lose(server.store)
            assert_does_not_start(server, str(server.store), "initial-keys.json",
                                  "--replace-lost-store")
            assert server.initial_keys().api_key == keys.api_key, "the lost store's keys are gone"
            assert server.output.read_text().count("api_key_id") == 1, "new keys were printed"
            server.arguments.append("--replace-lost-store")
            server.start()
            assert server.initial_keys().api_key != keys.api_key
            server.stop()
            server.arguments.clear()
            server.start()
            server.stop()


def test_a_start_that_fails_makes_no_store(binary):
    """Address and certificates are looked at first: no store and no keys are made."""
    with Server(binary) as other, Server(binary) as server:
        other.start()
        taken = f"127.0.0.1:{other.address[1]}"
        nothing = server.folder / "none.pem"
        for arguments, text in (
                (["--listen", taken], taken),
                (["--listen", "192.0.2.1:0"], "192.0.2.1:0"),
                (["--tls-cert", str(nothing), "--tls-key", str(nothing)], str(nothing)),
                (["--oidc-issuer", "https://issuer.test", "--oidc-audience", "a", "--oidc-org",
                  "nobody"], "nobody")):
            if "--listen" not in arguments:
                arguments = [*arguments, "--listen", "127.0.0.1:0"]
            done = server.run("serve", *arguments, "--store", str(server.store), check=False)
            assert done.returncode == FAILED and text in done.stderr, (arguments, done)
            assert done.stdout == "", "keys were printed"
            assert not (server.store / "initial-keys.json").exists(), arguments
            if "--oidc-org" not in arguments:
                assert not server.store.exists(), arguments
        server.start()
        assert server.initial_keys()
        server.stop()
        other.stop()

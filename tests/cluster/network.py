"""A database behind links that are cut: it lives in a network namespace of its own, and each server
reaches it over a pair of interfaces of its own.

A test with @in_own_network runs in a process that has a network and mounts of its own, so that
nothing of it reaches the machine, and nothing is left.
"""

import functools
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from support.postgres import find_program

RUN = Path(__file__).resolve().with_name("run")
INSIDE = "SCOREKEEPER_TEST_INSIDE"  # set in the process inside
INSIDE_SECONDS = 240.0


def in_own_network(test):
    """Runs the test in a process of its own inside of new namespaces: as root, or where user
    namespaces are allowed."""
    @functools.wraps(test)
    def run(binary):
        if os.environ.get(INSIDE):
            _tool("ip", "link", "set", "lo", "up")
            _tool("mount", "-t", "tmpfs", "tmpfs", "/run")  # where ip keeps its namespaces
            test(binary)
            return
        for program, package in (("unshare", "util-linux"), ("ip", "iproute2"), ("tc", "iproute2")):
            find_program(program, package)
        name = test.__name__.removeprefix("test_")
        # With process ids of its own all that it started ends when it ends, however that is.
        alone = ["unshare", "--net", "--mount", "--ipc", "--pid", "--fork", "--kill-child",
                 "--mount-proc"]
        if os.geteuid() != 0:
            alone += ["--user", "--map-current-user", "--keep-caps"]
        done = subprocess.run([*alone, sys.executable, RUN, binary, name],
                              env={**os.environ, INSIDE: "yes"}, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=INSIDE_SECONDS, check=False)
        assert done.returncode == 0, done.stdout
        print("".join(line for line in done.stdout.splitlines(True) if line.startswith("  ")),
              end="", flush=True)
    return run


def _tool(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"


class Links:
    """The interfaces to<N> here and from<N> at the database."""

    namespace = "database"  # the name that ip knows it by

    def __init__(self, count):
        self.hosts = [f"10.77.{number}.2" for number in range(count)]
        _tool("ip", "netns", "add", self.namespace)
        _tool("ip", "-n", self.namespace, "link", "set", "lo", "up")
        for number, host in enumerate(self.hosts):
            here, there = f"to{number}", f"from{number}"
            _tool("ip", "link", "add", here, "type", "veth", "peer", "name", there, "netns",
                  self.namespace)
            _tool("ip", "address", "add", f"10.77.{number}.1/24", "dev", here)
            _tool("ip", "-n", self.namespace, "address", "add", f"{host}/24", "dev", there)
            _tool("ip", "link", "set", here, "up")
            _tool("ip", "-n", self.namespace, "link", "set", there, "up")

    @contextmanager
    def cut(self, number, kind):
        """answers: nothing comes from the database; requests: nothing goes to it; both: the link is
        down. As before at the end."""
        inside = ("-n", self.namespace)
        if kind == "both":
            begin = ("ip", *inside, "link", "set", f"from{number}", "down")
            end = ("ip", *inside, "link", "set", f"from{number}", "up")
        else:
            tool = ("tc", *inside) if kind == "answers" else ("tc",)
            device = f"from{number}" if kind == "answers" else f"to{number}"
            begin = (*tool, "qdisc", "add", "dev", device, "root", "blackhole")
            end = (*tool, "qdisc", "del", "dev", device, "root")
        _tool(*begin)
        try:
            yield
        finally:
            _tool(*end)

"""The programs that a language hands to the runner, and the tools for its prepare function.

A language is a function without parameters: it installs and builds below BUILD/<language> from
HERE/<language> and returns a Program. It raises NotRun when this machine lacks what it needs.
"""

import hashlib
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BUILD = ROOT / "build" / "conformance"


class NotRun(Exception):
    """The language cannot be tested on this machine."""


def write_ca_variable(name):
    """How a language trusts an authority whose file is named by one environment variable."""

    def trust(ca, _folder):
        return {name: str(ca)}

    return trust


trust_by_ssl_cert_file = write_ca_variable("SSL_CERT_FILE")


@dataclass
class Program:
    """The command lines of the two programs, absolute; README.md says what each one is given.

    `trust`: (PEM file of an authority, an empty folder) -> the variables by which the language's
    own HTTP library trusts it. `exception`: what here is not the documented client. `missing`:
    operations that the client library does not have, each with the reason. `unknown_sites`: those
    that it refuses to know.
    """

    driver: list
    verbatim: list
    trust: Callable[[Path, Path], dict] = trust_by_ssl_cert_file
    exception: str = ""
    missing: dict = field(default_factory=dict)
    unknown_sites: tuple = ()


def run_tool(*command, folder=None, environment=None, seconds=600):
    """Runs a command to its end; NotRun, with the end of its output, when it fails."""
    try:
        done = subprocess.run([str(part) for part in command], cwd=folder, text=True,
                              env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds,
                              check=False)
    except FileNotFoundError as error:
        raise NotRun(f"{command[0]} is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise NotRun(f"{command[0]} took over {seconds} s") from error
    if done.returncode != 0:
        raise NotRun(f"{command[0]} failed:\n{done.stdout[-3000:]}")


def is_current(stamp, *files):
    """Whether the stamp was written for just these files; the text to write when it was not."""
    text = "".join(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n"
                   for file in files)
    return stamp.exists() and stamp.read_text() == text, text

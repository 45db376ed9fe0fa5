"""The languages whose clients are compiled: Go, Java, Rust.

Each client library is one enormous package. What is built of it stays below build/conformance, so
that only a change of the pinned version builds it again.
"""

import shutil

from languages import BUILD, HERE, NotRun, Program, run_tool

CLIENT_SECONDS = 1800  # to build a client library the first time, on two cores


def need(*tools):
    for tool in tools:
        if not shutil.which(tool):
            raise NotRun(f"{tool} is not installed")


def prepare_go():
    """One module with a command for each mode; go.sum pins the client and what it needs."""
    need("go", "gcc")
    folder = BUILD / "go"
    folder.mkdir(parents=True, exist_ok=True)
    run_tool("go", "build", "-o", f"{folder}/", "./pointed", "./verbatim", "./retry",
             folder=HERE / "go", seconds=CLIENT_SECONDS,
             environment={"GOCACHE": str(folder / "cache"), "GOFLAGS": "-mod=readonly -p=2",
                          "GOTOOLCHAIN": "local", "CGO_ENABLED": "1"})
    return Program(pointed=[folder / "pointed"], verbatim=[folder / "verbatim"],
                   retry=[folder / "retry"])


LANGUAGES = {"go": prepare_go}

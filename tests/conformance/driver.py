"""The program that speaks for a client library: it makes one call for each line that it is sent.

README.md says what the lines hold. A program that does not answer in time is killed.
"""

import json
import subprocess
import tempfile
import threading

PROGRAM_SECONDS = 600


class Driver:
    """The running program of a language; a context manager."""

    def __init__(self, command, environment):
        self.folder = tempfile.TemporaryDirectory(prefix="scorekeeper-conformance-")
        self.errors = tempfile.TemporaryFile("w+", encoding="utf-8")
        self.program = subprocess.Popen(
            [str(part) for part in command], env=environment, cwd=self.folder.name, text=True,
            encoding="utf-8", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors)
        self.timer = threading.Timer(PROGRAM_SECONDS, self.program.kill)
        self.timer.daemon = True

    def __enter__(self):
        self.timer.start()
        return self

    def __exit__(self, *_):
        self.timer.cancel()
        try:
            self.program.stdin.close()
        except BrokenPipeError:
            pass  # it has ended by itself: the check that noticed has failed
        try:
            self.program.wait(20)
        except subprocess.TimeoutExpired:
            self.program.kill()
            self.program.wait()
        self.program.stdout.close()
        self.errors.close()
        self.folder.cleanup()

    def ask(self, request):
        """The answer to a request; RuntimeError when the program has ended or makes no sense."""
        try:
            self.program.stdin.write(json.dumps(request) + "\n")
            self.program.stdin.flush()
            line = self.program.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            self.errors.seek(0)
            raise RuntimeError(f"the driver has ended: {self.errors.read()[-2000:]}")
        try:
            return json.loads(line)
        except ValueError as error:
            raise RuntimeError(f"the driver said {line[:500]!r}") from error

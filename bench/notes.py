"""Functions that the benchmarks share: running a program that prints JSON, the results of
interleaved rounds, their medians and the table of them."""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

# Title, field of a result, digits, width.
COLUMNS = [
    ("outcomes/s", "outcomes_per_second", 0, 12),
    ("requests/s", "requests_per_second", 0, 11),
    ("p50 ms", "p50_ms", 3, 8),
    ("p99 ms", "p99_ms", 3, 8),
    ("max ms", "max_ms", 1, 8),
    ("CPU us", "cpu_us", 2, 7),
    ("B/outcome", "bytes_per_outcome", 1, 9),
    ("changed", "changed_share", 2, 7),
]


def run_json(*command):
    done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, text=True,
                          capture_output=True, timeout=300, check=False)
    if done.returncode != 0:
        sys.exit(f"{Path(command[0]).name}: exit code {done.returncode}\n{done.stderr}")
    if done.stderr:
        print(done.stderr, file=sys.stderr)
    return json.loads(done.stdout)


def cpu_seconds(pid, ended_children=False):
    """Processor seconds of all threads of a process; with those of its children that have ended."""
    text = Path(f"/proc/{pid}/stat").read_text()
    fields = text.rpartition(")")[2].split()[11:15 if ended_children else 13]
    return sum(int(field) for field in fields) / os.sysconf("SC_CLK_TCK")


class Notes:
    """Every result of every round, and the medians over the rounds."""

    def __init__(self):
        self.results = {}

    def add(self, what, shape, result):
        self.results.setdefault((what, shape), []).append(result)
        rate = result.get("outcomes_per_second")
        told = f"{rate:>12,.0f} outcomes/s" if rate else " " * 23
        times = f"  p50 {result['p50_ms']:.3f} ms  p99 {result['p99_ms']:.3f} ms" \
            if "p50_ms" in result else ""
        print(f"  {what:<30} B={shape[0]:<5} c={shape[1]:<3} {told}{times}", flush=True)

    def median(self, what, shape, field):
        values = [result.get(field) for result in self.results.get((what, shape), [])]
        values = [value for value in values if value is not None]
        return statistics.median(values) if values else None

    def errors(self):
        """How many requests failed."""
        return sum(result.get("errors", 0) for results in self.results.values()
                   for result in results)

    def table(self, columns):
        """The medians, as lines of text."""
        titles = "".join(f" {title:>{width}}" for title, _, _, width in columns)
        lines = [f"{'':<30} {'B':>5} {'c':>3} {'rounds':>6}{titles}"]
        for (what, shape), results in self.results.items():
            cells = "".join(
                f" {write_number(self.median(what, shape, field), digits):>{width}}"
                for _, field, digits, width in columns)
            lines.append(f"{what:<30} {shape[0]:>5} {shape[1]:>3} {len(results):>6}{cells}")
        return lines


def ratio(a, b):
    return a / b if a and b else None


def write_number(value, digits=2):
    return "-" if value is None else f"{value:,.{digits}f}"


def write_ratios(ratios):
    """Lines for [(what, value, goal)]."""
    return [f"{what:<75} {write_number(value):>8}  {goal}".rstrip()
            for what, value, goal in ratios]

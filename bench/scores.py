"""Scores over 10 M outcomes: 100,000 entities x 100 rules, all cells filled.

One run tells, for each aggregation: the time in the matrix (the benchmark program bench_matrix,
on a matrix of the same size), over HTTP (a page of 1,000, sorted by score), and of the same
question in SQL, on the store's ledger and on a table of current outcomes as another product would
keep it; then the pages of outcomes, the start with its fold, memory, and what a change costs
while all is there. Used by bench/run.
"""

import json
import sqlite3
import statistics
import subprocess
import time
from pathlib import Path

from support.client import wait_until

RULES = 100
ENTITIES = 100_000
SCORECARDS = 10
TEAMS = 500
DEFINITIONS_IN_POST = 100
HTTP_REPEATS = 31
PAGE = 1_000

LATEST = ("SELECT rule, entity, state FROM "
          "(SELECT c.value ->> 0 AS rule, c.value ->> 1 AS entity, c.value ->> 2 AS state, "
          "max(l.position + c.key) FROM log AS l, json_each(l.body, '$.changes') AS c "
          "WHERE l.org = 1 AND l.kind = 1 GROUP BY c.value ->> 0, c.value ->> 1) WHERE state <> 0")
COUNTS = "count(*), sum(c.state = 1), sum(c.state = 2), sum(c.state = 3)"
# CROSS JOIN: SQLite then reads the cells once, in their order, and looks the other row up.
QUESTIONS = {
    "by-entity": f"SELECT c.entity, {COUNTS} FROM {{cells}} AS c GROUP BY 1 "
                 f"ORDER BY 1.0 * sum(c.state = 1) / (sum(c.state = 1) + sum(c.state = 2)) DESC "
                 f"LIMIT {PAGE}",
    "by-rule": f"SELECT c.rule, {COUNTS} FROM {{cells}} AS c GROUP BY 1",
    "by-scorecard": f"SELECT r.scorecard, {COUNTS} FROM {{cells}} AS c "
                    f"CROSS JOIN rule AS r ON r.org = 1 AND r.number = c.rule GROUP BY 1",
    "by-team": f"SELECT d.owner, {COUNTS} FROM {{cells}} AS c "
               f"CROSS JOIN entity_definition AS d ON d.org = 1 AND d.number = c.entity GROUP BY 1",
    "by-kind": f"SELECT substr(e.reference, 1, instr(e.reference, ':') - 1), {COUNTS} "
               f"FROM {{cells}} AS c CROSS JOIN entity AS e ON e.org = 1 AND e.number = c.entity "
               f"GROUP BY 1",
}
# The benchmark of bench_matrix that asks the same question: 100 % of the cells, one scope.
IN_MATRIX = {
    "by-entity": "by_entity/100/1",
    "by-rule": "by_rule/100/1",
    "by-scorecard": "by_scorecard/100/1",
    "by-team": "by_team/100/1",
    "by-kind": "by_kind/100/1",
    "100 outcomes at offset 0": "first_outcomes/100/1",
    "100 outcomes at offset 1,000,000": "outcomes_after_a_million/100/1",
}


# The questions that reuse the counts of the question before: when every page changed since.
ANEW = {name: f"{IN_MATRIX[name].partition('/')[0]}_anew/100/1"
        for name in ("by-entity", "by-team", "by-kind")}


def define_entities(client):
    """An owner for each entity, so that there are teams to ask for."""
    for first in range(0, ENTITIES, DEFINITIONS_IN_POST):
        entities = [{"apiVersion": "v3", "kind": "service",
                     "metadata": {"name": entity_name(n), "owner": f"team-{n % TEAMS}"},
                     "spec": {"tier": str(n % 4), "lifecycle": "production"}}
                    for n in range(first, first + DEFINITIONS_IN_POST)]
        answer = client.call("POST", "/api/v2/catalog/entity", entities)
        if answer.status != 202:
            raise SystemExit(f"POST /catalog/entity: {answer.status} {answer.body[:300]!r}")


def entity_name(number):
    """As bodies.cpp writes it."""
    return f"payments-{number:07}"


def median_ms(ask, repeats):
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        ask()
        times.append(1_000 * (time.perf_counter() - begin))
    return statistics.median(times)


def ask_http(client, path):
    def ask():
        answer = client.call("GET", path)
        if answer.status != 200:
            raise SystemExit(f"GET {path}: {answer.status} {answer.body[:300]!r}")
        return answer
    return ask


def measure_http(client):
    """{question: p50 in ms}; the time until the whole body is there, read by this process."""
    times = {}
    for name in QUESTIONS:
        path = f"/api/v2/scorecard/scores/{name}?sort=-score&page[limit]={PAGE}"
        times[name] = median_ms(ask_http(client, path), HTTP_REPEATS)
    team = "filter[entity][query]=team:team-7"
    times["by-rule of one team"] = median_ms(
        ask_http(client, f"/api/v2/scorecard/scores/by-rule?{team}"), HTTP_REPEATS)
    for offset in (0, 1_000_000):
        path = f"/api/v2/scorecard/outcomes?page[size]=100&page[offset]={offset}"
        times[f"100 outcomes at offset {offset:,}"] = median_ms(ask_http(client, path),
                                                                 HTTP_REPEATS)
        path += "&filter[outcome][state]=fail"
        times[f"100 that fail at offset {offset:,}"] = median_ms(ask_http(client, path),
                                                                 HTTP_REPEATS)
    return times


def measure_sql(file, note):
    """{question: (ms on the ledger, ms on a table of current outcomes)}; the server is stopped."""
    with sqlite3.connect(file) as database:
        database.execute("PRAGMA cache_size = -1000000")
        database.execute(f"CREATE TEMP TABLE latest AS {LATEST}")
        times = {}
        for name, question in QUESTIONS.items():
            times[name] = tuple(
                median_ms(lambda sql=question.format(cells=cells): database.execute(sql).fetchall(),
                          repeats)
                for cells, repeats in ((f"({LATEST})", 1), ("latest", 3)))
            note(f"SQL {name}: {times[name][0]:,.0f} ms, {times[name][1]:,.0f} ms")
    return times


def measure_matrix(program):
    """{question: ms}, and all that the benchmark program tells."""
    names = "/100/1$|^put_|^find_"
    done = subprocess.run([program, f"--benchmark_filter={names}", "--benchmark_format=json"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600,
                          check=True)
    return {one["name"]: one for one in json.loads(done.stdout)["benchmarks"]}


def resident_mb(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise SystemExit("the server's memory is not told")


def metric(client, name):
    text = client.call("GET", "/metrics").body.decode()
    return next(float(line.split()[-1]) for line in text.splitlines()
                if line.startswith(name + " "))


def all_cells(client):
    """How many the server has; 0 until it says all: its gauges follow within two seconds."""
    cells = metric(client, "scorekeeper_matrix_cells")
    return cells if cells == ENTITIES * RULES else 0


def milliseconds(benchmark):
    unit = {"ns": 1e-6, "us": 1e-3, "ms": 1.0, "s": 1e3}[benchmark["time_unit"]]
    return benchmark["real_time"] * unit


def report(matrix, http, sql):
    lines = [f"{'question':<34} {'matrix ms':>10} {'all changed':>12} {'HTTP p50 ms':>12} "
             f"{'SQL ms, ledger':>15} "
             f"{'SQL ms, table':>14} {'table/matrix':>13}"]
    for name in http:
        engine = matrix.get(IN_MATRIX.get(name, ""))
        engine_ms = milliseconds(engine) if engine else None
        anew = matrix.get(ANEW.get(name, ""))
        anew_ms = milliseconds(anew) if anew else engine_ms
        ledger_ms, table_ms = sql.get(name, (None, None))

        def cell(value, width, digits=3):
            return f"{value:>{width},.{digits}f}" if value is not None else " " * width
        share = table_ms / engine_ms if table_ms and engine_ms else None
        lines.append(f"{name:<34} {cell(engine_ms, 10)} {cell(anew_ms, 12)} "
                     f"{cell(http[name], 12)} "
                     f"{cell(ledger_ms, 15, 0)} {cell(table_ms, 14, 0)} {cell(share, 13, 0)}"
                     .rstrip())
    return lines


def run(target, programs, note):
    """`target`: a running server (bench/run's Target) with RULES rules; `note`: print a line."""
    begin = time.monotonic()
    with target.server.client() as client:
        define_entities(client)
    note(f"{ENTITIES:,} entities defined in {time.monotonic() - begin:.1f} s")
    filled = target.load("fill", (1_000, 16), 0)
    note(f"{filled['accepted']:,} outcomes reported in {filled['seconds']:.1f} s")
    with target.server.client() as client:
        http = measure_http(client)
        cells = wait_until(lambda: all_cells(client), 10, "every cell is there")
        matrix_bytes = metric(client, "scorekeeper_matrix_bytes")
    target.server.stop()
    database = target.server.store / "scorekeeper.db"
    size = database.stat().st_size / 2**20
    sql = measure_sql(database, note)
    begin = time.monotonic()
    target.server.start()
    ready = time.monotonic() - begin
    memory = resident_mb(target.server.process.pid)
    changed = target.load("changed", (100, 16), 3)
    matrix = measure_matrix(programs / "bench_matrix")
    lines = report(matrix, http, sql)
    lines += [
        "",
        f"cells {cells:,.0f}, of the matrix {matrix_bytes / cells:.1f} bytes a cell, "
        f"file {size:,.0f} MiB",
        f"start to /readyz {ready:.2f} s, resident memory {memory:,.0f} MiB",
        "changes while all is there (B=100 c=16): "
        f"{changed['outcomes_per_second']:,.0f} outcomes/s, "
        f"p50 {changed['p50_ms']:.2f} ms, p99 {changed['p99_ms']:.2f} ms",
        "",
        "bench_matrix:",
    ]
    lines += [f"  {name:<52} {milliseconds(one):>10.4f} ms" for name, one in matrix.items()]
    return lines

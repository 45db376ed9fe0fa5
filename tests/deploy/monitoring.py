"""Dashboards, alert rules and the table of metrics, beside what the server really exposes.

Each function gives a list of findings, one line of text each; none means that all is well.
"""

import re

import promql_parser

# The labels that Prometheus adds to each sample, and to each target.
TARGET_LABELS = {"job", "instance"}
TARGET_METRICS = {"up"}
NAME = re.compile(r"scorekeeper_\w+")


def read_metrics(text):
    """{name of a sample: names of its labels} of the exposition format."""
    found = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, labels = re.match(r"(\w+)(?:\{(.*)\})? ", line).groups()
            found.setdefault(name, set()).update(re.findall(r"(\w+)=\"", labels or ""))
    return found


def families(text):
    """The names that HELP lines tell."""
    return set(re.findall(r"^# HELP (\S+) ", text, re.M))


def _parts(node):
    """A node of an expression and all that are below it."""
    yield node
    for name in ("lhs", "rhs", "expr", "args", "param", "vector_selector"):
        below = getattr(node, name, None)
        for each in below if isinstance(below, list) else [below]:
            if each is not None:
                yield from _parts(each)


def _labels_of_modifiers(node):
    """The label names that aggregations and joins name."""
    modifier = getattr(node, "modifier", None)
    for named in (modifier, getattr(modifier, "matching", None)):
        yield from getattr(named, "labels", None) or []


def check_expression(text, metrics):
    """Each metric exists, and each label that the expression names is one of theirs."""
    try:
        parsed = promql_parser.parse(text)
    except ValueError as error:
        return [f"{text}: {error}"]
    findings, known, named = [], set(TARGET_LABELS), set()
    parts = list(_parts(parsed))
    for node in parts:
        if isinstance(node, promql_parser.VectorSelector):
            if node.name not in metrics and node.name not in TARGET_METRICS:
                findings.append(f"{text}: there is no metric {node.name}")
            own = metrics.get(node.name, set()) | TARGET_LABELS
            findings += [f"{text}: {node.name} has no label {matcher.name}"
                         for matcher in node.matchers.matchers if matcher.name not in own]
            known |= own
        named |= set(_labels_of_modifiers(node))
    findings += [f"{text}: no metric in it has the label {label}"
                 for label in sorted(named - known)]
    if not any(isinstance(node, promql_parser.VectorSelector) for node in parts):
        findings.append(f"{text}: names no metric")
    return findings


def _for_prometheus(text):
    """A dashboard's expression with its variables filled in."""
    return text.replace("$__rate_interval", "5m").replace("$instance", ".*")


def check_dashboard(dashboard, metrics):
    findings, ids = [], set()
    variables = {each["name"] for each in dashboard["templating"]["list"]}
    for panel in dashboard["panels"]:
        title = panel["title"]
        if panel["id"] in ids:
            findings.append(f"panel {title}: its id occurs twice")
        ids.add(panel["id"])
        if panel["type"] == "row":
            continue
        used = re.findall(r"\$\{?(\w+)", str(panel["datasource"]) + str(panel["targets"]))
        findings += [f"panel {title}: there is no variable {name}"
                     for name in used if name not in variables | {"__rate_interval"}]
        if not panel["targets"]:
            findings.append(f"panel {title}: shows nothing")
        for target in panel["targets"]:
            found = check_expression(_for_prometheus(target["expr"]), metrics)
            findings += [f"panel {title}: {each}" for each in found]
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            asked = re.fullmatch(r"label_values\((\w+), (\w+)\)", variable["query"])
            if not asked or asked.group(1) not in metrics:
                findings.append(f"variable {variable['name']}: asks for {variable['query']}")
    return findings


def check_alerts(rules, metrics):
    findings, names = [], set()
    for rule in [rule for group in rules["groups"] for rule in group["rules"]]:
        name = rule["alert"]
        if name in names:
            findings.append(f"alert {name}: occurs twice")
        names.add(name)
        unknown = set(rule) - {"alert", "expr", "for", "labels", "annotations"}
        findings += [f"alert {name}: has the unknown member {each}" for each in sorted(unknown)]
        if not re.fullmatch(r"\d+[smhd]", rule.get("for", "0s")):
            findings.append(f"alert {name}: waits for {rule['for']}")
        if rule.get("labels", {}).get("severity") not in ("critical", "warning"):
            findings.append(f"alert {name}: its severity is neither critical nor warning")
        if not rule.get("annotations", {}).get("summary"):
            findings.append(f"alert {name}: has no summary")
        findings += [f"alert {name}: {each}" for each in check_expression(rule["expr"], metrics)]
    return findings


def check_table(page, exposed, alerts):
    """docs/operations.md has each metric and each alert, and none that is not there."""
    tabled = set(re.findall(r"^\| `((?:scorekeeper|process)_\w+)(?:\{[^`]*\})?` \|", page, re.M))
    findings = [f"operations.md: there is no metric {name}" for name in sorted(tabled - exposed)]
    findings += [f"operations.md: {name} is missing" for name in sorted(exposed - tabled)]
    named = {rule["alert"] for group in alerts["groups"] for rule in group["rules"]}
    told = set(re.findall(r"^\| `(Scorekeeper\w+)` \|", page, re.M))
    findings += [f"operations.md: there is no alert {name}" for name in sorted(told - named)]
    findings += [f"operations.md: the alert {name} is missing" for name in sorted(named - told)]
    return findings

"""Every check over the files of deploy/, beside a running server: check.py BINARY

Runs in the virtual environment that `run` makes. Exit code 1 and one line for each finding.
"""

import json
import re
import ssl
import sys
import tempfile
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
DEPLOY = ROOT / "deploy"
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "tls")]

import host  # noqa: E402
import manifests  # noqa: E402
import monitoring  # noqa: E402
from certificates import Authority  # noqa: E402
from support.client import Connection  # noqa: E402
from support.server import Server  # noqa: E402


def exposition(binary, folder):
    """The answer of /metrics of a server with TLS, once something was pushed, read and refused."""
    authority = Authority(folder, "authority")
    cert, key = folder / "cert.pem", folder / "key.pem"
    authority.issue(cert, key)
    with Server(binary, ["--tls-cert", str(cert), "--tls-key", str(key)],
                tls=ssl.create_default_context(cafile=authority.cert)) as server:
        server.start()
        with server.client() as client:
            rule = client.create_rule("deploy")
            result = {"rule_id": rule, "entity_reference": "service:a", "state": "pass"}
            assert client.push([result]).status == 202
        with Connection(server.address, tls=server.tls) as connection:
            text = connection.request("GET", "/metrics").text
        server.stop()
    return text


def help_of_serve(binary):
    """(flags, variables) that serve knows."""
    with Server(binary) as server:
        text = server.run("serve", "--help").stdout
        settings = server.run("serve", "--print-config").stdout
    flags = set(re.findall(r"--[a-z0-9-]+", text))
    variables = set(re.findall(r"SCOREKEEPER_\w+", text))
    # The help says how the variable of a setting is made of its name.
    variables |= {"SCOREKEEPER_" + name.upper()
                  for name in re.findall(r"^(\w+) =", settings, flags=re.MULTILINE)}
    for flag in flags:
        if flag.endswith("-file"):  # of a setting that may hold a password
            variables.add("SCOREKEEPER_" + flag[2:].upper().replace("-", "_"))
    return flags, variables


def load_all(folder):
    """The resources that a kustomization names."""
    kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text())
    return [yaml.safe_load((folder / name).read_text()) for name in kustomization["resources"]]


def check_kubernetes(variables):
    findings = []
    base = DEPLOY / "kubernetes"
    component = yaml.safe_load((base / "tls" / "kustomization.yaml").read_text())
    for name in ("embedded", "postgres"):
        files = {path.name for path in (base / name).iterdir()}
        named = set(yaml.safe_load((base / name / "kustomization.yaml").read_text())["resources"])
        if files != named | {"kustomization.yaml"}:
            findings.append(f"{name}: files and resources differ")
        documents = load_all(base / name)
        findings += [f"{name}: {each}" for each in manifests.check_set(documents, variables)]
        for patch in component["patches"]:
            operations = yaml.safe_load((base / "tls" / patch["path"]).read_text())
            kinds = patch["target"]["kind"].split("|")
            for document in documents:
                if document["kind"] in kinds:
                    manifests.apply_patch(document, operations)
        findings += [f"{name} with TLS: {each}"
                     for each in manifests.check_set(documents, variables)]
        pods = [each for each in documents if each["kind"] in manifests.POD_KINDS][0]
        given = {each["name"] for each in pods["spec"]["template"]["spec"]["containers"][0]["env"]}
        if not {"SCOREKEEPER_TLS_CERT", "SCOREKEEPER_TLS_KEY"} <= given:
            findings.append(f"{name} with TLS: the component adds no TLS")
    return findings


def check_compose(variables):
    folder = DEPLOY / "docker"
    one = yaml.safe_load((folder / "compose.yaml").read_text())
    two = yaml.safe_load((folder / "compose.postgres.yaml").read_text())
    return [*manifests.check_compose(one, variables),
            *manifests.check_compose(manifests.merge(one, two), variables)]


def check_monitoring(text):
    metrics = monitoring.read_metrics(text)
    dashboard = json.loads((DEPLOY / "grafana" / "scorekeeper.json").read_text())
    alerts = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yaml").read_text())
    page = (ROOT / "docs" / "operations.md").read_text()
    return [*monitoring.check_dashboard(dashboard, metrics),
            *monitoring.check_alerts(alerts, metrics),
            *monitoring.check_table(page, monitoring.families(text), alerts)]


def main(binary):
    flags, variables = help_of_serve(binary)
    with tempfile.TemporaryDirectory(prefix="scorekeeper-deploy-") as name:
        folder = Path(name)
        unit = (DEPLOY / "systemd" / "scorekeeper.service").read_text()
        checks = {
            "metrics, dashboard, alerts": lambda: check_monitoring(exposition(binary, folder)),
            "Kubernetes": lambda: check_kubernetes(variables),
            "compose": lambda: check_compose(variables),
            "Dockerfile": lambda: host.check_dockerfile(
                DEPLOY / "docker" / "Dockerfile", host.libraries_of(binary), variables),
            "unit of systemd": lambda: host.check_unit(unit, binary, flags, folder),
        }
        failed = 0
        for what, check in checks.items():
            findings = check()
            failed += len(findings)
            print(f"{what}: {len(findings)} findings", flush=True)
            for finding in findings:
                print(f"  {finding}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))

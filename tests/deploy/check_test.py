"""Shows that the checks can fail: the good files pass, and each broken one is told of."""

import copy
import sys
import tempfile
import unittest
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parent
DEPLOY = HERE.parents[1] / "deploy"

sys.path.insert(0, str(HERE))

import host  # noqa: E402
import manifests  # noqa: E402
import monitoring  # noqa: E402

METRICS = monitoring.read_metrics(
    '# HELP a_total Things.\na_total{reason="x",le="y"} 1\nb_seconds_bucket{le="1"} 2\nc 3\n')
VARIABLES = {"SCOREKEEPER_LISTEN", "SCOREKEEPER_STORE", "SCOREKEEPER_STORE_FILE"}


def load(path):
    return yaml.safe_load((DEPLOY / path).read_text())


class Expressions(unittest.TestCase):
    def test_good_ones_pass(self):
        for text in ("c == 0", 'sum by (job, reason) (rate(a_total{reason=~"x"}[5m])) > 1',
                     "histogram_quantile(0.9, sum by (le) (rate(b_seconds_bucket[5m])))",
                     "max by (job) (c) - on (job) group_right () c", 'up{job="a"} == 0'):
            self.assertEqual(monitoring.check_expression(text, METRICS), [])

    def test_bad_ones_are_told(self):
        for text, told in (("d == 0", "no metric d"), ('c{reason="x"}', "no label reason"),
                           ("sum by (route) (a_total)", "has the label route"),
                           ("c - on (route) c", "has the label route"),
                           ("b_seconds", "no metric b_seconds"), ("sum(", "unclosed"),
                           ("rate(c)", "expected type matrix"), ("1 + 1", "names no metric"),
                           ("sum(rate(c[5m])) / (sum(d) or vector(0))", "no metric d"),
                           ("max_over_time(d[5m:1m])", "no metric d")):
            findings = "\n".join(monitoring.check_expression(text, METRICS))
            self.assertIn(told, findings, text)


class Monitoring(unittest.TestCase):
    def check_alert(self, told, **changes):
        rule = {"alert": "A", "expr": "c > 1", "labels": {"severity": "warning"},
                "annotations": {"summary": "much"}, **changes}
        findings = monitoring.check_alerts({"groups": [{"rules": [rule]}]}, METRICS)
        self.assertEqual(len(findings), 1 if told else 0, findings)
        self.assertIn(told, "".join(findings))

    def test_alerts(self):
        self.check_alert("")
        self.check_alert("severity", labels={"severity": "bad"})
        self.check_alert("summary", annotations={})
        self.check_alert("waits for", **{"for": "long"})
        self.check_alert("unknown member", four="5m")
        self.check_alert("no metric d", expr="d > 1")

    def test_dashboards(self):
        def findings(**changes):
            panel = {"id": 1, "type": "stat", "title": "P", "datasource": {"uid": "${source}"},
                     "targets": [{"expr": "rate(c{instance=~\"$instance\"}[$__rate_interval])"}],
                     **changes}
            names = [{"name": "source", "type": "datasource"},
                     {"name": "instance", "type": "query", "query": "label_values(c, instance)"}]
            return "\n".join(monitoring.check_dashboard(
                {"templating": {"list": names}, "panels": [panel]}, METRICS))

        self.assertEqual(findings(), "")
        self.assertIn("no variable other", findings(datasource={"uid": "$other"}))
        self.assertIn("shows nothing", findings(targets=[]))
        self.assertIn("no metric d", findings(targets=[{"expr": "d"}]))

    def test_tables(self):
        page = "| `scorekeeper_a_total{reason}` | counter |\n| `ScorekeeperDown` | look |\n"
        alerts = {"groups": [{"rules": [{"alert": "ScorekeeperDown"}]}]}

        def findings(exposed, rules=alerts):
            return monitoring.check_table(page, exposed, rules)

        self.assertEqual(findings({"scorekeeper_a_total"}), [])
        self.assertEqual(len(findings({"scorekeeper_b"})), 2)
        self.assertEqual(len(findings({"scorekeeper_a_total"}, {"groups": []})), 1)


class Manifests(unittest.TestCase):
    def setUp(self):
        self.documents = [load(f"kubernetes/postgres/{name}.yaml")
                          for name in ("deployment", "service", "hpa", "pdb")]

    def findings(self, change=lambda pods, service, scaler, budget: None):
        documents = copy.deepcopy(self.documents)
        change(*documents)
        return "\n".join(manifests.check_set(documents, VARIABLES))

    def test_ours_pass(self):
        self.assertEqual(self.findings(), "")

    def test_what_the_api_server_refuses(self):
        def misspelt(pods, *_):
            pods["spec"]["template"]["spec"]["nodeSelektor"] = {}

        def no_number(pods, *_):
            pods["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = "30s"

        self.assertIn("nodeSelektor", self.findings(misspelt))
        self.assertIn("30s", self.findings(no_number))

    def test_what_does_not_fit_together(self):
        def other_service(_, service, *__):
            service["spec"]["selector"] = {"app.kubernetes.io/name": "other"}

        def other_budget(*documents):
            documents[3]["spec"]["selector"]["matchLabels"] = {"app": "other"}

        def other_scaler(*documents):
            documents[2]["spec"]["scaleTargetRef"]["name"] = "other"

        def replicas(pods, *_):
            pods["spec"]["replicas"] = 3

        self.assertIn("Service: chooses other pods", self.findings(other_service))
        self.assertIn("PodDisruptionBudget: chooses", self.findings(other_budget))
        self.assertIn("scales something else", self.findings(other_scaler))
        self.assertIn("work against each other", self.findings(replicas))

    def check_container(self, told, **changes):
        def change(pods, *_):
            pods["spec"]["template"]["spec"]["containers"][0].update(changes)

        self.assertIn(told, self.findings(change))

    def test_pods(self):
        address = "postgres://user:password@host/name"
        probe = {"httpGet": {"path": "/healthz", "port": "http"}}
        self.check_container("root file system", securityContext={})
        self.check_container("readinessProbe asks", readinessProbe=probe)
        self.check_container("no bound", resources={})
        self.check_container("is mounted or given alone",
                             volumeMounts=[{"name": "tmp", "mountPath": "/tmp"}])
        self.check_container("no variable SCOREKEEPER_LISTN",
                             env=[{"name": "SCOREKEEPER_LISTN", "value": "a"}])
        self.check_container("holds a password",
                             env=[{"name": "SCOREKEEPER_STORE", "value": address}])
        self.check_container("nothing is mounted above",
                             env=[{"name": "SCOREKEEPER_STORE_FILE", "value": "/etc/other"}])
        self.check_container("exclude each other", env=[
            {"name": "SCOREKEEPER_STORE", "value": "a"},
            {"name": "SCOREKEEPER_STORE_FILE", "value": "/tmp/a"}])

    def test_compose_files(self):
        one, two = load("docker/compose.yaml"), load("docker/compose.postgres.yaml")
        both = manifests.merge(one, two)
        self.assertEqual(manifests.check_compose(both, VARIABLES), [])
        for path, value, told in (
                (("scorekeeper", "read_only"), False, "root file system"),
                (("scorekeeper", "environment"), {"SCOREKEEPER_STOR": "a"}, "SCOREKEEPER_STOR"),
                (("scorekeeper", "secrets"), ["other"], "secrets other"),
                (("postgres", "volumes"), ["other:/data"], "volumes other"),
                (("scorekeeper", "depends_on"), {"other": {}}, "waits for other")):
            broken = copy.deepcopy(both)
            broken["services"][path[0]][path[1]] = value
            self.assertIn(told, "\n".join(manifests.check_compose(broken, VARIABLES)))


class Host(unittest.TestCase):
    def test_units(self):
        good = (DEPLOY / "systemd/scorekeeper.service").read_text()
        with tempfile.TemporaryDirectory() as folder:
            def findings(text):
                return "\n".join(host.check_unit(text, "/bin/true", {"--config", "--store"},
                                                 folder))

            self.assertEqual(findings(good), "")
            for old, new, told in (("--config", "--configuration", "no --configuration"),
                                   ("-HUP", "-TERM", "no SIGHUP"),
                                   ("StateDirectory=scorekeeper", "StateDirectory=other",
                                    "/var/lib/other"),
                                   ("ProtectHome=yes", "ProtectHomes=yes", "ProtectHomes"),
                                   ("SystemCallFilter=@system-service\n", "", "security")):
                self.assertIn(told, findings(good.replace(old, new)))

    def test_dockerfiles(self):
        good = (DEPLOY / "docker/Dockerfile").read_text()
        library = next(iter(host.libraries_of("/usr/bin/curl")))
        with tempfile.TemporaryDirectory() as folder:
            def findings(text, libraries=()):
                path = Path(folder) / "Dockerfile"
                path.write_text(text)
                return "\n".join(host.check_dockerfile(path, libraries, VARIABLES))

            self.assertEqual(findings(good), "")
            for old, new, told in (("USER 10001:10001", "USER scorekeeper", "user is scorekeeper"),
                                   ("USER 10001:10001\n", "", "no USER"),
                                   ("SCOREKEEPER_LISTEN", "SCOREKEEPER_LISTN", "LISTN"),
                                   ("FROM debian:12-slim\n", "FROM debian\n", "hadolint")):
                self.assertIn(told, findings(good.replace(old, new)))
            self.assertNotIn(library, findings(good, [library]))
            gone = good.replace("libcurl4", "").replace("zlib1g", "")
            self.assertIn("is missing", findings(gone, host.libraries_of("/usr/bin/curl")))


if __name__ == "__main__":
    unittest.main(verbosity=1)

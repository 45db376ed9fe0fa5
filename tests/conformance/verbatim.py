"""The documented example of POST /outcomes, unchanged, for each site of the public API.

An example knows only DD_SITE and its keys: it goes to https://api.<site>, port 443. So it runs in a
network namespace of its own, in which there is nothing but loopback, with an /etc/hosts of its own
that puts every api.<site> there, and with a server of ours whose certificate is for those names.
The authority that signed it is thrown away afterwards; each language trusts it by its own setting.

run_verbatim() is for the runner. It starts this file again inside of the namespaces, with what that
one needs as JSON on stdin; its output is that of a program of the other modes (README.md).
"""

import http.client
import json
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path.insert(1, str(HERE.parent))

from languages import NotRun, run_tool  # noqa: E402
from results import Done  # noqa: E402
from support.client import wait_until  # noqa: E402
from support.server import Server  # noqa: E402

# The eight that are documented, and one more that the clients know.
SITES = ("datadoghq.com", "us3.datadoghq.com", "us5.datadoghq.com", "ap1.datadoghq.com",
         "ap2.datadoghq.com", "datadoghq.eu", "ddog-gov.com", "us2.ddog-gov.com",
         "uk1.datadoghq.com")
REMARKS = 'See: <a href="https://app.datadoghq.com/services">Services</a>'
OPERATION = "UpdateScorecardOutcomes"
EXAMPLE_SECONDS = 120
HARNESS_SECONDS = 900
TRUST_SETTINGS = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
                  "NODE_EXTRA_CA_CERTS", "JAVA_TOOL_OPTIONS")


def clean_environment():
    """The environment without what could lead a client elsewhere, or make it trust others."""
    return {name: value for name, value in os.environ.items()
            if not name.startswith(("DD_", "SCOREKEEPER_")) and name not in TRUST_SETTINGS and
            not name.lower().endswith("_proxy")}


def make_authority(folder):
    """ca.pem, and server.pem with server.key that it signed for every api.<site>."""
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2")
    run_tool("openssl", "req", "-x509", *curve, "-subj", "/CN=Scorekeeper conformance, one run",
             "-keyout", folder / "ca.key", "-out", folder / "ca.pem",
             "-addext", "keyUsage=critical,keyCertSign")
    names = ",".join(f"DNS:api.{site}" for site in SITES)
    run_tool("openssl", "req", "-x509", *curve, "-subj", f"/CN=api.{SITES[0]}",
             "-CA", folder / "ca.pem", "-CAkey", folder / "ca.key",
             "-keyout", folder / "server.key", "-out", folder / "server.pem",
             "-addext", f"subjectAltName={names}",
             "-addext", "basicConstraints=critical,CA:FALSE",
             "-addext", "keyUsage=critical,digitalSignature",
             "-addext", "extendedKeyUsage=serverAuth")


def run_verbatim(language, program, binary, results):
    """Outside of the namespaces: makes the authority, runs the harness and reads its lines."""
    if not shutil.which("openssl"):
        raise NotRun("openssl is not installed")
    alone = ["unshare", "--net", "--mount"]
    if os.geteuid() != 0:
        alone += ["--user", "--map-root-user"]
    run_tool(*alone, "true")
    with tempfile.TemporaryDirectory(prefix="scorekeeper-verbatim-") as name:
        folder = Path(name)
        make_authority(folder)
        (folder / "trust").mkdir()
        wanted = {"binary": str(binary), "folder": name,
                  "command": [str(part) for part in program.verbatim],
                  "sites": [site for site in SITES if site not in program.unknown_sites],
                  "trust": program.trust(folder / "ca.pem", folder / "trust")}
        try:
            done = subprocess.run([*alone, sys.executable, str(HERE / "verbatim.py")],
                                  input=json.dumps(wanted), capture_output=True, text=True,
                                  env=clean_environment(), timeout=HARNESS_SECONDS, check=False)
            ended = Done(done.returncode, done.stdout, done.stderr)
        except subprocess.TimeoutExpired as error:
            ended = Done(f"none after {HARNESS_SECONDS} s", (error.stdout or b"").decode(), "")
    results.read(language, "verbatim", ended)
    for site in program.unknown_sites:
        results.add_exception(language, f"not for {site}, which its client does not know")


# --- inside of the namespaces


def enter(folder):
    """Brings loopback up, and puts every api.<site> there."""
    run_tool("ip", "link", "set", "lo", "up")
    hosts = folder / "hosts"
    hosts.write_text("127.0.0.1 localhost\n" +
                     "".join(f"127.0.0.1 api.{site}\n" for site in SITES))
    run_tool("mount", "--bind", hosts, "/etc/hosts")


class Site:
    """api.<site> over TLS, asked by the harness itself."""

    def __init__(self, site, ca, keys):
        self.site = site
        self.context = ssl.create_default_context(cafile=str(ca))
        self.headers = dict(keys.headers()) if keys else {}

    def call(self, method, target, document=None):
        connection = http.client.HTTPSConnection(f"api.{self.site}", timeout=20,
                                                 context=self.context)
        try:
            connection.request(method, target, headers=self.headers,
                               body=json.dumps(document) if document else None)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def is_ready(self):
        try:
            return self.call("GET", "/readyz")[0] == 200
        except OSError:
            return False

    def create_rule(self, name):
        status, body = self.call("POST", "/api/v2/scorecard/rules", {"data": {
            "type": "rule", "attributes": {"name": name, "scorecard_name": "Verbatim"}}})
        assert status == 201, (status, body)
        return json.loads(body)["data"]["id"]

    def outcomes(self, rule):
        """(state, remarks, service name) of each outcome of a rule."""
        status, body = self.call("GET",
                                 f"/api/v2/scorecard/outcomes?filter%5Brule%5D%5Bid%5D={rule}")
        assert status == 200, (status, body)
        found = [item["attributes"] for item in json.loads(body)["data"]]
        return [(item["state"], item.get("remarks"), item["service_name"]) for item in found]


def run_example(wanted, site, rule, trust):
    """Runs the example for a site; its exit code and the end of what it printed."""
    environment = {**clean_environment(), **trust, "DD_SITE": site.site,
                   "DD_API_KEY": site.headers["DD-API-KEY"],
                   "DD_APP_KEY": site.headers["DD-APPLICATION-KEY"],
                   "CREATE_SCORECARD_RULE_DATA_ID": rule}
    with tempfile.TemporaryDirectory(prefix="example-") as folder:
        try:
            done = subprocess.run(wanted["command"], env=environment, cwd=folder, text=True,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=EXAMPLE_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return f"none after {EXAMPLE_SECONDS} s", ""
    return done.returncode, " ".join(done.stdout.split())[-1500:]


def check_site(wanted, site):
    """The reason why the example did not do its work; empty when it did."""
    rule = site.create_rule(f"Example for {site.site}")
    code, output = run_example(wanted, site, rule, wanted["trust"])
    stored = site.outcomes(rule)
    if code == 0 and stored == [("pass", REMARKS, "my-service")]:
        return ""
    return f"exit code {code}, outcomes {stored}; {output}"


def check_distrust(wanted, site):
    """TLS is not a show: who does not trust the authority sends nothing. (Some examples end with 0
    all the same.)"""
    rule = site.create_rule("Example without trust")
    code, output = run_example(wanted, site, rule, {})
    stored = site.outcomes(rule)
    return "" if stored == [] else f"exit code {code}, outcomes {stored}; {output}"


def report(sentence, reason):
    fields = ["FAIL", OPERATION, sentence, reason] if reason else ["PASS", OPERATION, sentence]
    print(*fields, sep="\t", flush=True)


def main():
    wanted = json.load(sys.stdin)
    folder = Path(wanted["folder"])
    enter(folder)
    arguments = ["--tls-cert", str(folder / "server.pem"), "--tls-key", str(folder / "server.key")]
    with Server(wanted["binary"], arguments, listen="127.0.0.1:443") as server:
        server.start(wait="listening")
        ca, keys = folder / "ca.pem", server.initial_keys()
        wait_until(Site(SITES[0], ca, None).is_ready, 60.0, "GET /readyz answers 200 over TLS")
        # Some clients take seconds of one core to load: the sites need not wait for each other.
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as threads:
            sites = wanted["sites"]
            reasons = threads.map(lambda name: check_site(wanted, Site(name, ca, keys)), sites)
            for name, reason in zip(sites, reasons):
                report(f"the documented example runs unchanged for {name}", reason)
        report("the example sends nothing to a server that it does not trust",
               check_distrust(wanted, Site(SITES[0], ca, keys)))
        server.stop()
    print("END", len(sites) + 1, sep="\t", flush=True)


if __name__ == "__main__":
    main()

"""scorekeeper import backstage against a running server: what is imported, what is told, and the
exit code."""

import json
import subprocess

SHOP = """apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: shop
  labels: {tier: gold}
spec:
  type: service
  owner: group:default/ops
  dependsOn: [component:money, "resource:orders"]
  color: red
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: ann}
"""
OTHERS = """apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: money}
spec: {type: library, owner: ops}
---
apiVersion: backstage.io/v1alpha1
kind: Resource
metadata: {name: orders}
spec: {type: database, owner: ops}
"""
BAD = """apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {}
"""


def run(server, keys, arguments, files, api_key=None, application_key=None):
    """The exit code and the report of an import of these texts, with other keys when given."""
    names = []
    for number, text in enumerate(files):
        path = server.folder / f"catalog-{number}.yaml"
        path.write_text(text, "utf-8")
        names.append(str(path))
    environment = {**server.environment,
                   "DD_API_KEY": keys.api_key if api_key is None else api_key,
                   "DD_APP_KEY": application_key or keys.application_key, "no_proxy": "127.0.0.1",
                   "SCOREKEEPER_URL": "http://{}:{}".format(*server.address)}
    done = subprocess.run([server.binary, "import", "backstage", "--format", "json", *arguments,
                           *names], env=environment, capture_output=True, timeout=60, check=False)
    return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr.decode()


def entities_of(client, query=""):
    return client.call("GET", "/api/v2/catalog/entity" + query).json


def references(client):
    return sorted(f"{e['attributes']['kind']}:{e['attributes']['name']}"
                  for e in entities_of(client)["data"])


def relations(client):
    """The other ends of the shop's."""
    answer = client.call("GET", "/api/v2/catalog/relation?filter[from_ref]=service:shop")
    return sorted("{kind}:{namespace}/{name}".format(**r["attributes"]["to"])
                  for r in answer.json["data"])


def new_keys(server, org):
    """Keys of an org of the test's own."""
    server.create_org(org)
    keys = server.create_keys(org, org)
    server.wait_for_keys(keys)
    return keys


def test_import(server):
    """Every document has its line; what refers to a component of another file finds its kind."""
    keys = new_keys(server, "import")
    code, report = run(server, keys, [], [SHOP, OTHERS])
    assert code == 0, report
    assert [report[s] for s in ("imported", "skipped", "failed", "ready")] == [3, 1, 0, 0], report
    shop = report["documents"][0]
    assert shop["reference"] == "service:default/shop", shop
    assert shop["remarks"] == [{"place": "spec.color", "text": "kept under extensions"}], shop
    with server.client(keys) as client:
        assert references(client) == ["datastore:orders", "library:money", "service:shop"]
        shop = entities_of(client, "?filter[name]=shop&include=schema")
        schema = shop["included"][0]["attributes"]["schema"]
    assert schema["metadata"]["owner"] == "ops", schema
    assert schema["metadata"]["tags"] == ["tier:gold"], schema
    assert schema["spec"]["dependsOn"] == ["library:default/money", "datastore:default/orders"]
    assert schema["extensions"] == {"backstage.io": {"spec": {"color": "red"}}}, schema


def test_one_file_again(server):
    """Importing one file again leaves its relations as they are; what is nowhere is told."""
    keys = new_keys(server, "again")
    assert run(server, keys, [], [SHOP, OTHERS])[0] == 0
    with server.client(keys) as client:
        before = relations(client)
        assert "library:default/money" in before and "datastore:default/orders" in before, before
        code, report = run(server, keys, [], [SHOP])
        assert code == 0, report
        assert report["documents"][0]["remarks"] == [
            {"place": "spec.color", "text": "kept under extensions"}], report
        assert relations(client) == before
        # The same over the API, where the documents are sent as they are.
        answer = client.call("POST", "/api/v2/catalog/entity", SHOP.partition("---")[0])
        assert answer.status == 202, answer
        assert relations(client) == before
    code, report = run(server, keys, [], [SHOP.replace("resource:orders", "resource:ordres")])
    assert code == 0, report
    assert {"place": "spec.dependsOn.1",
            "text": "resource:ordres is neither among the documents nor in the catalog: taken for "
                    "resource:default/ordres"} in report["documents"][0]["remarks"], report


def test_folder(server):
    """A folder is searched for documents of Backstage."""
    keys = new_keys(server, "folder")
    folder = server.folder / "repositories"
    (folder / "shop").mkdir(parents=True)
    (folder / "shop" / "catalog-info.yaml").write_text(SHOP, "utf-8")
    (folder / "others.yml").write_text(OTHERS, "utf-8")
    (folder / "deployment.yaml").write_text("apiVersion: v1\nkind: Pod\n", "utf-8")
    code, report = run(server, keys, [str(folder)], [])
    assert code == 0 and report["imported"] == 3, report
    assert [d["file"] for d in report["documents"]] == [
        str(folder / "others.yml")] * 2 + [str(folder / "shop" / "catalog-info.yaml")] * 2, report


def test_dry_run(server):
    """Nothing is sent."""
    keys = new_keys(server, "dry")
    code, report = run(server, keys, ["--dry-run"], [SHOP])
    assert code == 0 and report["ready"] == 1 and report["imported"] == 0, report
    with server.client(keys) as client:
        assert references(client) == []


def test_failures(server):
    """A bad document fails alone; the wrong keys fail them all."""
    keys = new_keys(server, "bad")
    code, report = run(server, keys, [], [BAD, OTHERS])
    assert code == 1 and report["failed"] == 1 and report["imported"] == 2, report
    assert report["documents"][0]["problem"] == 'attribute "metadata.name" is required', report
    code, report = run(server, keys, [], [OTHERS], application_key="wrong")
    assert code == 1 and report["failed"] == 2, report
    assert report["documents"][0]["problem"] == "the server answers 403: Forbidden", report


def test_twice(server):
    """Two documents that would be one entity: the first is imported, the other fails."""
    keys = new_keys(server, "twice")
    base = OTHERS.partition("---")[0]
    code, report = run(server, keys, [], [OTHERS, base.replace("Component", "Resource")])
    assert code == 1, report
    assert [report[s] for s in ("imported", "skipped", "failed", "ready")] == [2, 0, 1, 0], report
    problem = report["documents"][2]["problem"]
    assert problem.startswith("library:default/money is already the Component default/money of "
                              f"{server.folder}/catalog-0.yaml:1"), problem
    with server.client(keys) as client:
        assert references(client) == ["datastore:orders", "library:money"]


def test_usage(server):
    """A file that is not there, and no key."""
    keys = new_keys(server, "usage")
    code, message = run(server, keys, [str(server.folder / "none.yaml")], [])
    assert code == 2 and "cannot read the file" in message, message
    code, message = run(server, keys, [], [SHOP], api_key="")
    assert code == 2 and "DD_API_KEY" in message, message

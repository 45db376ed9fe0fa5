"""Kubernetes manifests and compose files. Each function gives a list of findings."""

import kubernetes_validate

# The oldest version that has preStop.sleep without a switch, and the newest one with schemas.
VERSIONS = ("1.30", "1.37")
POD_KINDS = ("Deployment", "StatefulSet")


def apply_patch(document, patch):
    """The operations of a JSON patch that the component uses: add and replace."""
    for operation in patch:
        *parents, last = [part.replace("~1", "/") for part in operation["path"][1:].split("/")]
        place = document
        for part in parents:
            place = place[int(part)] if isinstance(place, list) else place[part]
        if isinstance(place, list) and last == "-":
            place.append(operation["value"])
        elif isinstance(place, list):
            place[int(last)] = operation["value"]
        elif operation["op"] == "replace" and last not in place:
            raise KeyError(operation["path"])
        else:
            place[last] = operation["value"]


def check_resource(document):
    """The faults for which the API server would refuse it, by the schemas of Kubernetes."""
    findings = []
    for version in VERSIONS:
        try:
            kubernetes_validate.validate(document, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            findings.append(f"{document.get('kind')}, Kubernetes {version}: {error.message}")
    return findings


def check_set(documents, variables):
    """The resources of one folder together. `variables`: what the server takes from its
    environment."""
    findings = [each for document in documents for each in check_resource(document)]
    if findings:
        return findings
    pods = [document for document in documents if document["kind"] in POD_KINDS]
    if len(pods) != 1:
        return [f"{len(pods)} resources have pods"]
    labels = pods[0]["spec"]["template"]["metadata"]["labels"]
    for document in documents:
        spec = document["spec"]
        if document["kind"] == "Service":
            chosen = spec["selector"]
        elif document["kind"] == "HorizontalPodAutoscaler":
            target = spec["scaleTargetRef"]
            if (target["kind"], target["name"]) != (pods[0]["kind"], pods[0]["metadata"]["name"]):
                findings.append("the autoscaler scales something else")
            if "replicas" in pods[0]["spec"]:
                findings.append("replicas and an autoscaler work against each other")
            continue
        else:
            chosen = spec["selector"]["matchLabels"]
        if not chosen.items() <= labels.items():
            findings.append(f"{document['kind']}: chooses other pods: {chosen}")
    return findings + check_pod(pods[0]["spec"], variables)


def check_pod(owner, variables):
    pod = owner["template"]["spec"]
    container = pod["containers"][0]
    own = container.get("securityContext", {})
    findings = [f"the pod: {what}" for what, held in {
        "runs as root": not pod.get("securityContext", {}).get("runAsNonRoot"),
        "has no seccomp profile": "seccompProfile" not in pod.get("securityContext", {}),
        "can write to its root file system": not own.get("readOnlyRootFilesystem"),
        "can gain rights": own.get("allowPrivilegeEscalation") is not False,
        "has capabilities": own.get("capabilities", {}).get("drop") != ["ALL"],
        "has a token of the API server": pod.get("automountServiceAccountToken") is not False,
        "has no bound on its memory": "memory" not in container["resources"].get("limits", {}),
        "is killed before it has drained": pod.get("terminationGracePeriodSeconds", 0) < 20,
    }.items() if held]
    for probe, path in (("startupProbe", "/healthz"), ("livenessProbe", "/healthz"),
                        ("readinessProbe", "/readyz")):
        asked = container.get(probe, {}).get("httpGet", {})
        if asked.get("path") != path or asked.get("port") not in {
                port["name"] for port in container["ports"]}:
            findings.append(f"{probe} asks {asked}")
    findings += check_environment({each["name"]: each.get("value")
                                   for each in container["env"]}, variables)
    mounted = {each["name"] for each in container["volumeMounts"]}
    given = {each["name"] for each in pod["volumes"]} | {
        each["metadata"]["name"] for each in owner.get("volumeClaimTemplates", [])}
    findings += [f"the volume {name} is mounted or given alone" for name in mounted ^ given]
    paths = [each["mountPath"] for each in container["volumeMounts"]]
    for each in container["env"]:
        value = each.get("value", "")
        if value.startswith("/") and not any(value.startswith(f"{path}/") for path in paths):
            findings.append(f"{each['name']}: nothing is mounted above {value}")
    return findings


def check_environment(environment, variables):
    """`environment`: of a container, {name: value}."""
    findings = [f"the server knows no variable {name}"
                for name in environment if name not in variables]
    if "SCOREKEEPER_STORE" in environment and "SCOREKEEPER_STORE_FILE" in environment:
        findings.append("SCOREKEEPER_STORE and SCOREKEEPER_STORE_FILE exclude each other")
    findings += [f"{name} holds a password: use {name}_FILE"
                 for name, value in environment.items()
                 if f"{name}_FILE" in variables and "://" in (value or "")]
    return findings


def merge(under, over):
    """Compose's way with a second file, as far as ours need it: mappings join, lists grow."""
    merged = dict(under)
    for name, value in over.items():
        if isinstance(value, dict) and isinstance(merged.get(name), dict):
            merged[name] = merge(merged[name], value)
        elif isinstance(value, list) and isinstance(merged.get(name), list):
            merged[name] = merged[name] + value
        else:
            merged[name] = value
    return merged


def check_compose(document, variables):
    findings = []
    server = document["services"]["scorekeeper"]
    for what, held in {"can write to its root file system": server.get("read_only") is not True,
                       "has capabilities": server.get("cap_drop") != ["ALL"],
                       "can gain rights": "no-new-privileges:true" not in server["security_opt"],
                       "keeps its store in the container": not server.get("volumes")}.items():
        if held:
            findings.append(f"compose: the server {what}")
    findings += check_environment(server.get("environment") or {}, variables)
    for name, service in document["services"].items():
        for kind in ("secrets", "volumes"):
            for each in service.get(kind, []):
                source = each.split(":")[0]
                if source not in (document.get(kind) or {}):
                    findings.append(f"compose: {name} uses {kind} {source}, which is not there")
        for other in service.get("depends_on", {}):
            if other not in document["services"]:
                findings.append(f"compose: {name} waits for {other}, which is not there")
        for variable, value in (service.get("environment") or {}).items():
            if variable.endswith("_FILE"):
                known = {f"/run/secrets/{secret}" for secret in service.get("secrets", [])}
                if value not in known:
                    findings.append(f"compose: {name} is not given {value}")
    return findings

"""Runs the checks of the table through the driver of one language."""

import json
import time

from matching import ABSENT, Matching, Mismatch, follow, member, plain, shown
from table import checks_of, each_of, fill, read

ATTEMPTS_MAX = 3  # of a retry: a period may end before the call that is to be waited out


class Checker:
    """The checks of one language in one mode. `known`: names that every check has."""

    def __init__(self, language, driver, known, missing=()):
        self.client = read("clients")[language]
        self.language, self.driver, self.missing = language, driver, missing
        self.known = known
        self.needs = {}  # what was made for several checks: the names that it has given

    def run(self, mode, results):
        for check, names in checks_of(mode):
            if self.language not in check.get("only", [self.language]):
                continue
            if self.language in check.get("except", {}):
                results.add_exception(self.language, check["except"][self.language])
                continue
            if operations_of(check) & set(self.missing):
                continue  # the runner names them
            sentence = fill(check["check"], names)
            results.add(self.language, mode, check["operation"], sentence,
                        self.reason_of_failure(check, names))

    def reason_of_failure(self, check, names):
        names = {**self.known, **names}
        try:
            for need in check.get("needs", []):
                names |= self.made(need, names)
            self.run_steps(check["steps"], names)
        except Exception as error:  # one failed check must not hide the others
            return " ".join(f"{type(error).__name__}: {error}".split())[:1500]
        return None

    def made(self, need, names):
        """Made once for all checks that need it, with the same names."""
        key = json.dumps([need, {n: v for n, v in names.items() if n not in self.known}])
        if key not in self.needs:
            self.needs[key] = dict(names)
            self.run_steps(read("needs")[need], self.needs[key])
        return self.needs[key]

    def run_steps(self, steps, names):
        for step in steps:
            if "each" in step:
                for inner in each_of(step["each"], names):
                    self.run_steps(step["steps"], inner)
                    names |= {name: inner[name] for name in saved_in(step["steps"], inner)}
            elif "set" in step:
                names |= fill(step["set"], names)
            elif "wait_out" in step:
                self.wait_out(step, names)
            elif "compare" in step:
                Matching(self.client, None).equal(fill(step["compare"], names),
                                                  fill(step["with"], names))
            elif "spend" in step:
                self.check_error(self.spend(step["spend"], names), fill(step["error"], names))
            elif "follow" in step:
                tree = {"items": self.follow_links(fill(step["follow"], names))}
                Matching(self.client, tree).expect(fill(step["expect"], names))
            elif "send" in step:
                self.send(step, names)
            else:
                self.call(step, names)

    # --- calls

    def keys(self, step, names):
        known = {"api_key": names["api_key"], "app_key": names["app_key"],
                 "headers": {}, "retry": False}
        return {**known, **fill(step.get("client", {}), names)}

    def request(self, step, names):
        operation = fill(step["call"], names)
        known = {"operation": operation, **read("operations")[operation]}
        known["body_type"] = known.pop("body", None)
        if "body" in step:
            known["body"] = fill(step["body"], names)
        return {**known, "arguments": fill(step.get("path", {}), names),
                "query": fill(step.get("query", {}), names), "items": step.get("items", False),
                "raw": step.get("raw", False), "client": self.keys(step, names)}

    def call(self, step, names):
        request = self.request(step, names)
        answer = self.driver.ask(request)
        if "error" in step:
            self.check_error(answer, fill(step["error"], names))
            return
        if "answer" not in answer:
            raise Mismatch(f"wanted an answer of {request['operation']}, got {shown(answer)}")
        if answer.get("unparsed") and not step.get("untyped"):
            raise Mismatch(f"the client could not parse {shown(answer['unparsed'])}")
        tree = answer["answer"]
        if not step.get("untyped"):
            self.settle(tree, request.get("untyped", []), request["operation"])
        if step.get("items"):
            tree = {"items": tree}
        self.check_answer(step, names, answer, tree)
        self.save(step, names, tree)

    def check_answer(self, step, names, answer, tree):
        if not step.get("raw") or not self.client.get("raw"):
            wanted = fill(step.get("expect", {}), names)
            if "" in wanted and not self.client.get("models"):
                wanted.pop("")  # what is not typed may answer with a text that is empty
            Matching(self.client, tree).expect(wanted)
        for find in fill(step.get("find", []), names):
            found = [item for item in follow(tree, find["in"]) if is_like(item, find["where"])]
            if len(found) != 1:
                raise Mismatch(f"wanted one item with {find['where']}, got {shown(found)}")
            Matching(self.client, found[0]).expect(find["expect"])
        if self.client.get("models"):
            missing = set(fill(step.get("models", []), names)) - set(answer["models"])
            if missing:
                raise Mismatch(f"wanted models {sorted(missing)} among {answer['models']}")
        self.check_http(step, names, answer)

    def check_http(self, step, names, answer):
        """Compares the parts of the answer, as it came, that the client gives out."""
        heard = {"document": "body", "interim": "status"}
        wanted = fill(step.get("http", {}), names)
        known = self.client["hears"]
        wanted = {path: value for path, value in wanted.items()
                  if heard.get(path.split(".")[0], path.split(".")[0]) in known}
        if self.client.get("raw") and "call" in step and not step.get("raw"):
            return  # this client lets hear nothing beside its models
        Matching(self.client, with_document(answer)).expect(wanted)

    def settle(self, value, allowed, where):
        """Members that the client does not type fail, but those that are named in the table."""
        if isinstance(value, list):
            for item in value:
                self.settle(item, allowed, where)
        elif isinstance(value, dict):
            here = value.get("$untyped", {})
            for name in self.client.get("untyped", []):
                if name in here:
                    value[name] = here.pop(name)
            unknown = [name for name in here if name not in allowed]
            if unknown:
                raise Mismatch(f"{where}: the client does not type the members {unknown}")
            if not here:
                value.pop("$untyped", None)
            for name, item in list(value.items()):
                if name != "$untyped":
                    self.settle(item, allowed, where)

    def save(self, step, names, tree):
        for name, path in step.get("save", {}).items():
            found = follow(tree, path)
            if found is ABSENT:
                raise Mismatch(f"nothing at {path} of {shown(tree)}")
            names[fill(name, names)] = found
        for name, path in step.get("append", {}).items():
            name, found = fill(name, names), follow(tree, path)
            more = found if isinstance(found, list) else [found]
            names[name] = [*names.get(name, []), *more]

    def check_error(self, answer, wanted):
        error = answer.get("error")
        if error is None:
            raise Mismatch(f"wanted an error with status {wanted['status']}, got {shown(answer)}")
        matching = Matching(self.client, error)
        matching.expect({"status": wanted["status"]})
        document = document_of(error)
        first = document["errors"][0] if isinstance(document, dict) else None
        if isinstance(first, dict):
            matching.equal(first.get("status"), str(wanted["status"]))
        for name in ("title", "detail"):
            if name in wanted:
                matching.equal(member(first, name), wanted[name])
        if "has" in wanted:
            matching.match_has(json.dumps(document), wanted["has"])
        if "document" in wanted:
            matching.equal(document, wanted["document"])
        if "text" in wanted:
            as_text = isinstance(error.get("body"), str)
            matching.equal(error["body"] if as_text else document,
                           wanted["text"] if as_text else json.loads(wanted["text"]))
        if "model" in wanted and self.client.get("error_models"):
            matching.expect({"model": wanted["model"]})
        if "exceptions" in self.client:
            matching.expect({"type": self.client["exceptions"][str(wanted["status"])]})

    # --- requests as they go over the wire

    def send(self, step, names):
        answer = self.exchange(fill(step["send"], names), fill(step["target"], names),
                               fill(step.get("headers", {}), names),
                               fill(step.get("body"), names), self.keys(step, names))
        self.check_http(step, names, answer)
        self.save(step, names, with_document(answer))

    def exchange(self, method, target, headers, body, keys):
        text = body if body is None or isinstance(body, str) else json.dumps(body)
        answer = self.driver.ask({"send": True, "method": method, "target": target, "body": text,
                                  "headers": headers, "client": keys})
        if "status" not in answer:
            raise Mismatch(f"wanted an answer to {method} {target}, got {shown(answer)}")
        return answer

    def follow_links(self, target):
        """The items of all pages, by the links to the next one, until a page is empty."""
        items = []
        while True:
            answer = with_document(self.exchange("GET", target, {}, None,
                                                 self.keys({}, self.known)))
            page = follow(answer, "document.data")
            if not page:
                return items
            items += page
            target = follow(answer, "document.links.next")

    # --- retry

    def spend(self, operation, names):
        """Calls without retry until one is refused for its rate; its answer."""
        calls = 2 * names["rate_limit_requests"] + 2
        for _ in range(calls):
            answer = self.driver.ask(self.request({"call": operation}, names))
            if "error" in answer:
                return answer
        raise Mismatch(f"{calls} calls were not refused")

    def wait_out(self, step, names):
        """A call with retry ends only when the period that the refusal before it named is over. A
        period that ends within a second says nothing: the call then begins another one."""
        told = ""
        for _ in range(ATTEMPTS_MAX):
            error = self.spend(fill(step["wait_out"], names), names)["error"]
            if error["status"] != 429:
                raise Mismatch(f"wanted the status 429, got {shown(error)}")
            seconds = int(error["headers"]["x-ratelimit-reset"]) - 1 \
                if self.client.get("waits") is None else self.client["waits"]
            began = time.monotonic()
            self.run_steps(step["steps"], names)
            took = time.monotonic() - began
            if seconds >= 1 and took >= seconds:
                return
            told = f"took {took:.1f} s where {seconds} s were to be waited"
        raise Mismatch(told)


def operations_of(part):
    """The operations that a check or one of its needs calls."""
    found = {part["operation"]} if "operation" in part else set()
    for need in part.get("needs", []):
        found |= operations_of({"steps": read("needs")[need]})
    for step in part["steps"]:
        found |= {step["call"]} if "call" in step else set()
        found |= operations_of(step) if "steps" in step else set()
    return found


def saved_in(steps, names):
    """The names that steps give, their loops too."""
    for step in steps:
        for name in (*step.get("save", {}), *step.get("append", {})):
            yield fill(name, names)
        yield from saved_in(step.get("steps", []), names)


def is_like(item, where):
    return all(plain(follow(item, path)) == value for path, value in where.items())


def with_document(answer):
    body = answer.get("body")
    document = json.loads(body) if isinstance(body, str) and body[:1] in ("{", "[") else None
    return {**answer, "document": document}


def document_of(error):
    """The body of an error: as text, as the client has parsed it, or as a model of the client."""
    body = error.get("body")
    if isinstance(body, str):
        return json.loads(body)
    if body is not None:
        return body
    tree = error["tree"]
    return {**{k: v for k, v in tree.items() if k != "$untyped"}, **tree.get("$untyped", {})}

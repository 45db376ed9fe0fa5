"""Compares an answer with what a file expects, byte for byte but for <matchers>, and writes
expectations anew for UPDATE=1."""

import difflib
import re

from api_file import PLACEHOLDER, Malformed, expand

KINDS = {
    "any": r"(?s:.*?)",
    "string": r'(?:[^"\\]|\\.)*',
    "int": r"-?[0-9]+",
    "time": r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{0,8}[1-9])?Z",
    "id12": r"[a-z0-9]{12}",
    "id16": r"[a-z0-9]{16}",
    "id21": r"[a-z0-9]{21}",
    "uuid": r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
}
MATCHER = re.compile(r"<(" + "|".join(KINDS) + r")(?: ([a-z][a-z0-9_]*))?>")
VARYING = ("time", "uuid", "id21", "id16", "id12")  # what a rewrite makes matchers of
WIDTH = 100


def join_body(lines):
    """The expected body: indented lines continue the one before, without anything between them."""
    return "".join(line.lstrip(" ") for line in lines)


def wrap(text):
    """JSON as lines that join_body() puts together again, broken after commas and opening
    brackets."""
    lines, current = [], ""
    for piece in re.findall(r'(?:"(?:[^"\\]|\\.)*"|[^",{\[])*[,{\[]?', text):
        if current.strip() and len(current) + len(piece) > WIDTH:
            lines.append(current)
            current = "  "
        current += piece
    return [*lines, current] if current.strip() else lines


def compile_text(text, variables):
    """A pattern for fullmatch; {{name}} is a variable, or refers back to a matcher of the same
    text."""
    pattern, at, names = "", 0, set()
    for match in re.finditer(MATCHER.pattern + "|" + PLACEHOLDER.pattern, text):
        pattern += re.escape(text[at:match.start()])
        at = match.end()
        kind, name, variable = match[1], match[2], match[3]
        if variable is not None:
            known = variable not in names
            pattern += re.escape(expand(match[0], variables)) if known else f"(?P={variable})"
        elif name:
            names.add(name)
            pattern += f"(?P<{name}>{KINDS[kind]})"
        else:
            pattern += f"(?:{KINDS[kind]})"
    return re.compile(pattern + re.escape(text[at:]))


def generalise(text, old, variables):
    """`text` with what varies replaced: known values by {{name}}, times and ids by matchers. Names
    that the matchers of `old` give are kept, kind by kind in order; where the value occurs again
    stands {{name}}."""
    for name, value in sorted(variables.items(), key=lambda item: -len(item[1])):
        if len(value) >= 8:
            text = text.replace(value, "{{" + name + "}}")
    for kind, name in MATCHER.findall(old):
        value = re.search(_in_context(kind), text) if name and kind in VARYING else None
        if value:
            first, rest = text[:value.end(1)], text[value.end(1):]
            text = (first[:value.start(1)] + f"<{kind} {name}>"
                    + rest.replace(value[1], "{{" + name + "}}"))
    for kind in VARYING:
        text = re.sub(_in_context(kind), lambda match, kind=kind:
                      match[0].replace(match[1], f"<{kind}>"), text)
    return text


def _in_context(kind):
    """A pattern whose group 1 is a value of that kind: ids only where a member `id` holds them."""
    return f'"id":"({KINDS[kind]})"' if kind.startswith("id") else f"({KINDS[kind]})"


def differences(exchange, answer, variables):
    """The faults of the answer, as lines; empty when all is as expected: then `variables`
    holds what named matchers found."""
    known, variables = variables, dict(variables)
    found = []
    if str(answer.status) != exchange.status:
        found.append(f"status: expected {exchange.status}, got {answer.status}")
    found += _body_differences(exchange, answer, variables)
    body_differs = bool(found)
    for line in exchange.expected_headers:
        name, _, expected = line.partition(":")
        try:
            found += _header_differences(name, expected.strip(), answer, variables)
        except Malformed:
            if not body_differs:  # else the variable is one that the body should have given
                raise
    if not found:
        known.update(variables)
    return found


def _header_differences(name, expected, answer, variables):
    actual = answer.header(name.lstrip("!"))
    if name.startswith("!"):
        return [] if actual is None else [f"header {name[1:]}: expected none, got {actual!r}"]
    match = compile_text(expected, variables).fullmatch(actual or "")
    if actual is None or not match:
        return [f"header {name}: expected {expected!r}, got {actual!r}"]
    variables.update(match.groupdict())
    return []


def _body_differences(exchange, answer, variables):
    lines = exchange.expected_body
    if lines and lines[0].startswith("@contains "):
        wanted = [line.removeprefix("@contains ") for line in lines]
        return [f"the body does not contain {text!r}; it is:\n{answer.text}"
                for text in wanted if not compile_text(text, variables).search(answer.text)]
    expected = join_body(lines)
    match = compile_text(expected, variables).fullmatch(answer.text)
    if match:
        variables.update(match.groupdict())
        return []
    actual = generalise(answer.text, expected, variables)
    diff = difflib.unified_diff(_one_a_line(expected), _one_a_line(actual), "expected", "got",
                                lineterm="", n=2)
    return ["body:", *(f"  {line}" for line in diff), f"  as sent: {answer.text[:2000]}"]


def _one_a_line(text):
    return re.sub(r"([,{\[])(?=[\"{\[])", r"\1\n", text).split("\n")


def rewrite(exchange, answer, variables):
    """The lines of a new expectation: the headers of the old one with new values. Fills `variables`
    with what the names of its body stand for."""
    body = _rewrite_body(exchange, answer, variables)
    match = compile_text(join_body(body), variables).fullmatch(answer.text)
    if match:
        variables.update(match.groupdict())
    lines = [str(answer.status)]
    for line in exchange.expected_headers:
        name, _, old = line.partition(":")
        name, old = name.lstrip("!"), old.strip()
        actual = answer.header(name)
        if actual is None:
            lines.append("!" + name)
        elif old and compile_text(old, variables).fullmatch(actual):
            lines.append(f"{name}: {old}")
        else:
            lines.append(f"{name}: {generalise(actual, old, variables)}")
    return [*lines, "", *body] if body else lines


def _rewrite_body(exchange, answer, variables):
    old = join_body(exchange.expected_body)
    if compile_text(old, variables).fullmatch(answer.text):
        return exchange.expected_body
    text = generalise(answer.text, old, variables)
    return wrap(text) if text.startswith("{") else text.split("\n")

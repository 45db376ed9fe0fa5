"""The table of operations: table/*.json read, and its checks with every name filled in.

README.md says what a check may hold. A text may name what is known, as ${name} or ${name.path}; a
text that is nothing but one such name is its value, of whatever type. A map with one member $… is
made into something larger: $merge, $times, $long, $case and the bodies of bodies.json.
"""

import json
import re
from functools import cache
from pathlib import Path

from languages import HERE, ROOT
from matching import ABSENT, follow

FOLDER = HERE / "table"
POINTED = ("outcomes", "rules", "scores", "campaigns", "entities", "kinds", "definitions", "forms",
           "paging", "wire", "others")
NAME = re.compile(r"\$\{([^${}]+)\}")
CASES = ROOT / "tests" / "api" / "cases"


@cache
def read(name):
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8"))


def checks_of(mode):
    """Every check of a mode with the names of its own `each`: (check, names)."""
    for topic in POINTED if mode == "pointed" else (mode,):
        for check in read(topic):
            for names in each_of(check.get("each", {}), {}):
                yield check, names


def each_of(loops, names):
    """The names with, one after the other, each value of the one loop; without it just once."""
    if not loops:
        yield dict(names)
    for name, values in loops.items():
        for value in fill(values, names):
            yield {**names, name: value}


def fill(value, names):
    """A value of the table with all names filled in; values of `names` are taken as they are."""
    if isinstance(value, str):
        return fill_text(value, names)
    if isinstance(value, list):
        return [fill(item, names) for item in value]
    if isinstance(value, dict):
        if len(value) == 1:
            [(name, argument)] = value.items()
            if name in MAKERS:
                return MAKERS[name](argument, names)
            if name in read("bodies"):
                return make_body(read("bodies")[name], fill(argument, names))
        return {fill_text(name, names): fill(item, names) for name, item in value.items()}
    return value


def fill_text(text, names):
    whole = NAME.fullmatch(text)
    if whole:
        return look_up(whole[1], names)
    while True:  # the inner name first: ${rules_of_${size}}
        inner = NAME.search(text)
        if not inner:
            return text
        text = text[:inner.start()] + str(look_up(inner[1], names)) + text[inner.end():]
        whole = NAME.fullmatch(text)
        if whole:
            return look_up(whole[1], names)


def look_up(path, names):
    found = follow(names, path)
    if found is ABSENT:
        raise KeyError(f"nothing is known as {path}")
    return found


def make_body(form, given):
    """The form with what is given: in the place of "...", or beside the other members."""
    if form == "...":
        return given
    if not isinstance(form, dict):
        return form
    made = {name: make_body(item, given) for name, item in form.items() if name != "..."}
    return {**made, **given} if "..." in form else made


def merge(parts, names):
    return {name: item for part in parts for name, item in fill(part, names).items()}


def times(argument, names):
    """A list of as many items; each one knows its number as ${i}."""
    return [fill(argument[1], {**names, "i": i}) for i in range(fill(argument[0], names))]


def long(argument, _names):
    return argument[1] * argument[0]


def case(number, names):
    """The text of an input of the tests of the API."""
    [path] = CASES.glob(f"{fill(number, names)}-*")
    return Path(path).read_text("utf-8")


MAKERS = {"$merge": merge, "$times": times, "$long": long, "$case": case}

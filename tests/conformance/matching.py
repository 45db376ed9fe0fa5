"""Paths into what a client answered, and whether a value there is the wanted one.

An answer is a tree of lists, maps and JSON values. Drivers of typed clients tag two kinds of
leaves, {"$time": text} and {"$enum": text}, and keep members that the client does not type apart,
in the member "$untyped" of what holds them.
"""

import base64
import json
import re
from datetime import datetime, timedelta, timezone

ABSENT = object()  # no such member


class Mismatch(Exception):
    """A value is not the wanted one; the text says which."""


def follow(tree, path):
    """The value at a path: members, indices, # (the length), * (each item); "" is all of it."""
    return _follow(tree, path.split(".") if path else [])


def _follow(value, parts):
    if not parts:
        return value
    part, rest = parts[0], parts[1:]
    if value is ABSENT or value is None:
        return ABSENT
    if part == "*":
        return [_follow(item, rest) for item in value]
    if part == "#":
        return len(value)
    return _follow(member(value, part), rest)


def member(value, name):
    if isinstance(value, list):
        return value[int(name)] if int(name) < len(value) else ABSENT
    if not isinstance(value, dict):
        raise Mismatch(f"no member {name} of {shown(value)}")
    if name == "$untyped" and name not in value:
        return value  # a client without types has one kind of members
    return value.get(name, ABSENT)


def plain(value):
    """A tagged leaf without its tag."""
    if isinstance(value, dict) and len(value) == 1:
        return value.get("$time", value.get("$enum", value))
    return value


def moment(value):
    """(the second, nanoseconds) of a date-time, tagged or not."""
    text = plain(value)
    found = re.fullmatch(r"(\d+-\d+-\d+T\d+:\d+:\d+)(?:\.(\d{1,9}))?(Z|\+00:00)", str(text))
    if not found:
        raise Mismatch(f"a date-time in UTC, got {shown(text)}")
    second = datetime.fromisoformat(found[1]).replace(tzinfo=timezone.utc)
    return second, int((found[2] or "0").ljust(9, "0"))


def shown(value):
    return "nothing" if value is ABSENT else json.dumps(value, ensure_ascii=False)[:600]


class Matching:
    """Compares values of one answer with wanted ones; `client`: its entry in clients.json."""

    def __init__(self, client, tree):
        self.client, self.tree = client, tree

    def expect(self, wanted):
        for path, value in wanted.items():
            try:
                self.equal(follow(self.tree, path), value)
            except Mismatch as error:
                raise Mismatch(f"{path or 'answer'}: {error}") from None

    def equal(self, got, wanted):
        if isinstance(wanted, dict) and len(wanted) == 1 and next(iter(wanted)).startswith("$"):
            [(name, argument)] = wanted.items()
            return getattr(self, "match_" + name[1:])(got, argument)
        if isinstance(wanted, dict) and isinstance(got, dict):
            same = got.keys() - {"$untyped"} == wanted.keys()
            self._need(same, f"the members {sorted(wanted)}", sorted(got))
            for name, value in wanted.items():
                self.equal(got[name], value)
        elif isinstance(wanted, list) and isinstance(got, list):
            self._need(len(got) == len(wanted), wanted, got)
            for one, other in zip(got, wanted):
                self.equal(one, other)
        else:
            got = plain(got)
            same = got == wanted and isinstance(got, bool) == isinstance(wanted, bool)
            self._need(same, wanted, got)
        return None

    def _need(self, condition, wanted, got):
        if not condition:
            raise Mismatch(f"wanted {wanted if isinstance(wanted, str) else shown(wanted)}, "
                           f"got {shown(got)}")

    def _value(self, argument):
        """The value of an argument, which may be a path into the same answer."""
        if isinstance(argument, dict) and list(argument) == ["$path"]:
            return follow(self.tree, argument["$path"])
        return argument

    def _items(self, got):
        self._need(isinstance(got, list), "a list", got)
        return [plain(item) for item in got]

    def match_path(self, got, argument):
        wanted = follow(self.tree, argument)
        self._need(wanted is not ABSENT and got == wanted, f"the value of {argument}", got)

    def match_absent(self, got, _):
        self._need(got is ABSENT or got is None, "nothing", got)

    def match_filled(self, got, _):
        self._need(isinstance(got, str) and got != "", "a text that is not empty", got)

    def match_enum(self, got, wanted):
        tagged = isinstance(got, dict) and "$enum" in got
        self._need(tagged or not self.client.get("tags"), "an enumeration of the client", got)
        self._need(plain(got) == wanted, wanted, plain(got))

    def match_time(self, got, wanted):
        tagged = isinstance(got, dict) and "$time" in got
        self._need(tagged or not self.client.get("tags"), "a date-time of the client", got)
        self._need(moment(got) == moment(wanted), wanted, plain(got))

    def match_recent(self, got, kind):
        tagged = isinstance(got, dict) and "$time" in got
        self._need(tagged == (kind == "time") or not self.client.get("tags"), f"a {kind}", got)
        age = datetime.now(timezone.utc) - moment(got)[0]
        self._need(timedelta(minutes=-1) < age < timedelta(minutes=10), "a time of now", got)

    def match_after(self, got, argument):
        now, before = moment(got), moment(self._value(argument))
        moves = now >= before if self.client.get("milliseconds") else now > before
        self._need(moves, f"a time after {before}", got)

    def match_microsecond(self, got, wanted):
        one, other = moment(got), moment(wanted)
        same = one[0] == other[0] and one[1] // 1000 == other[1] // 1000
        self._need(same, f"the microsecond of {plain(wanted)}", plain(got))

    def match_near(self, got, wanted):
        pairs = list(zip(got, wanted)) if isinstance(wanted, list) else [(got, wanted)]
        near = all(abs(one - other) < 1e-9 for one, other in pairs)
        self._need(near and (not isinstance(wanted, list) or len(got) == len(wanted)), wanted, got)

    def match_sum(self, got, paths):
        columns = [follow(self.tree, path) for path in paths]
        self.equal(got, [sum(row) for row in zip(*columns)])

    def match_length(self, got, wanted):
        self._need(isinstance(got, str) and len(got) == wanted, f"{wanted} characters", got)

    def match_has(self, got, wanted):
        self._need(isinstance(got, str) and wanted in got, f"a text with {wanted}", got)

    def match_ends(self, got, wanted):
        self._need(isinstance(got, str) and got.endswith(wanted), f"an end {wanted}", got)

    def match_pattern(self, got, wanted):
        self._need(re.fullmatch(wanted, got) is not None, f"the form {wanted}", got)

    def match_base64(self, got, wanted):
        text = base64.b64decode(got, validate=True).decode()
        self._need(wanted in text, f"a text with {wanted}", text)

    def match_all(self, got, wanted):
        self._need(isinstance(got, list), "a list", got)
        for item in got:
            self.equal(item, wanted)

    def match_once(self, got, wanted):
        """The same items, each once, in any order."""
        self._need(sorted(self._items(got)) == sorted(wanted), f"once each {shown(wanted)}", got)

    def match_among(self, got, wanted):
        missing = [item for item in wanted if item not in self._items(got)]
        self._need(not missing, f"among others {shown(missing)}", got)

    def match_different(self, got, wanted):
        items = self._items(got)
        self._need(len(set(items)) == len(items), "no item twice", got)
        self.equal(got, wanted)

    def match_ascending(self, got, _):
        self._need(self._items(got) == sorted(set(got)), "an ascending list", got)

    def match_descending(self, got, _):
        items = self._items(got)
        self._need(items == sorted(items, reverse=True), "a descending list", got)

    def match_over(self, got, argument):
        self._need(got > self._value(argument), f"over {self._value(argument)}", got)

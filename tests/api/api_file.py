"""Reads *.api files: the syntax that README.md describes. Knows nothing of servers."""

import gzip
import re
import zlib

PLACEHOLDER = re.compile(r"\{\{([^{}]*)\}\}")
NAME = re.compile(r"[a-z][a-z0-9_]*")


class Malformed(Exception):
    """The file is not in the syntax."""


class Exchange:
    """One request and what is expected of its answer, as text; `line` is that of the request."""

    def __init__(self, line):
        self.line = line
        self.request = ""
        self.headers = []  # "Name: value"
        self.options = []  # (name, arguments)
        self.body = []
        self.status = ""
        self.expected_headers = []
        self.expected_body = []
        self.expected_from = 0  # index of the status line in the file
        self.expected_to = 0    # index after the last line of the expectation


class Directive:
    """A line that begins with @ before a request."""

    def __init__(self, line, name, arguments):
        self.line = line
        self.name = name
        self.arguments = arguments


class ApiFile:
    """The steps of a file in order: Directives and Exchanges."""

    def __init__(self, path):
        self.path = path
        self.lines = path.read_text("utf-8").split("\n")
        self.steps = []
        begin = 0
        for index, line in enumerate([*self.lines, "===="]):
            if line == "====":
                self._read_block(begin, index)
                begin = index + 1

    def directives(self, name):
        return [step for step in self.steps if isinstance(step, Directive) and step.name == name]

    def ends_untouched(self):
        """Its last step says that nothing was stored: then the store's tables must say so, too."""
        last = self.steps[-1] if self.steps else None
        return isinstance(last, Directive) and last.name == "nothing-stored"

    def _read_block(self, index, end):
        while index < end and (not self.lines[index].strip() or self.lines[index][0] in "#@"):
            if self.lines[index].startswith("@"):
                self.steps.append(Directive(index + 1, *_split_option(self.lines[index])))
            index += 1
        if index == end:
            return
        exchange = Exchange(index + 1)
        exchange.request = self.lines[index]
        index += 1
        while index < end and self.lines[index] not in ("", "----"):
            line = self.lines[index]
            if line.startswith("@"):
                exchange.options.append(_split_option(line))
            elif ":" in line:
                exchange.headers.append(line)
            else:
                raise Malformed(f"{self.path}:{index + 1}: not a header: {line}")
            index += 1
        if index < end and self.lines[index] == "":
            index += 1
            while index < end and self.lines[index] != "----":
                exchange.body.append(self.lines[index])
                index += 1
        if index >= end - 1:
            raise Malformed(f"{self.path}:{exchange.line}: no ---- and status after the request")
        self._read_expectation(exchange, index + 1, end)
        self.steps.append(exchange)

    def _read_expectation(self, exchange, index, end):
        while end > index and not self.lines[end - 1].strip():
            end -= 1
        exchange.expected_from, exchange.expected_to = index, end
        exchange.status = self.lines[index].strip()
        index += 1
        while index < end and self.lines[index].strip():
            exchange.expected_headers.append(self.lines[index])
            index += 1
        exchange.expected_body = self.lines[index + 1:end]


def _split_option(line):
    name, _, arguments = line[1:].partition(" ")
    return name, arguments.strip()


def expand(text, variables):
    """Replaces {{name}} and {{repeat N TEXT}}."""
    def value(match):
        inner = match[1]
        if inner.startswith("repeat "):
            _, count, repeated = inner.split(" ", 2)
            return repeated * int(count)
        if inner not in variables:
            raise Malformed(f"no variable named {inner}")
        return variables[inner]

    return PLACEHOLDER.sub(value, text)


def make_body(exchange, variables):
    """The bytes of the body, before its options are applied."""
    lines = []
    for line in exchange.body:
        if line.startswith("@list "):
            _, count, item = line.split(" ", 2)
            numbered = (item.replace("{{i}}", str(i)) for i in range(int(count)))
            line = ",".join(expand(each, variables) for each in numbered)
        else:
            line = expand(line, variables)
        lines.append(line)
    return "\n".join(lines).encode("utf-8")


ENCODINGS = ("gzip", "deflate", "zstd-raw")


def without_encodings(options):
    """The options that say what is sent, without those of Content-Encoding."""
    return [option for option in options if option[0] not in ENCODINGS]


def transform(body, options):
    """Applies the options that change the body, in their order."""
    for name, arguments in options:
        if name == "hex":
            body = bytes.fromhex(body.decode())
        elif name == "insert":
            offset, digits = arguments.split()
            body = body[:int(offset)] + bytes.fromhex(digits) + body[int(offset):]
        elif name == "gzip":
            body = gzip.compress(body, mtime=0)
        elif name == "deflate":
            body = zlib.compress(body)
        elif name == "zstd-raw":
            body = zstd_frame(body)
        elif name == "truncate":
            body = body[:-int(arguments)]
    return body


def zstd_frame(body):
    """A zstd frame of one raw block (RFC 8878 §3.1): python3.11 has no zstd. Bodies under 128
    KiB."""
    frame_header = b"\x28\xb5\x2f\xfd\xa0" + len(body).to_bytes(4, "little")
    return frame_header + (len(body) << 3 | 1).to_bytes(3, "little") + body


def chunk(body, size):
    """The body in chunked transfer coding."""
    parts = [body[i:i + size] for i in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in parts) + b"0\r\n\r\n"

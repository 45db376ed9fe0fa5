"""An HTTP/1.1 client on a plain socket: sends any bytes, well-formed or not, and reads one answer
at a time.

The standard library's client refuses to send malformed requests and hides what the server really
answered; the tests need both.
"""

import json
import socket
import time


_slow = 1.0


def be_patient(factor):
    """All time limits of the tests grow by that factor: for servers that are built with a
    sanitizer."""
    global _slow  # pylint: disable=global-statement
    _slow = factor


def within(seconds):
    """That time limit, times the factor of be_patient()."""
    return seconds * _slow


class Closed(Exception):
    """The server closed the connection before a whole answer came."""


class Answer:
    """One answer: status, headers as (lower-case name, value) in order, body as bytes."""

    def __init__(self, status, reason, headers, body):
        self.status = status
        self.reason = reason
        self.headers = headers
        self.body = body

    def header(self, name):
        """The value of the first header of that name, None when absent."""
        for key, value in self.headers:
            if key == name.lower():
                return value
        return None

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.text[:300]}>"


class Connection:
    """A connection to (host, port). Every wait ends after within(`timeout`) seconds with
    socket.timeout.

    `tls`: an ssl.SSLContext, or None for plain HTTP.
    """

    def __init__(self, address, timeout=20.0, tls=None):
        self.socket = socket.create_connection(address, within(timeout))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            try:
                self.socket = tls.wrap_socket(self.socket, server_hostname=address[0])
            except OSError:
                self.socket.close()
                raise
        self._buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def request(self, method, target, headers=(), body=b""):
        """Sends a request and reads its answer."""
        self.send(write_request(method, target, headers, body))
        return self.read_answer(head=method == "HEAD")

    def read_answer(self, head=False):
        """The next answer that is not a 1xx."""
        while True:
            answer = self._read_one(head)
            if answer.status >= 200:
                return answer

    def read_interim(self):
        """The next answer whatever its status: for 100 Continue."""
        return self._read_one(False)

    def is_closed(self):
        """Waits for the server to close; False when it sends more bytes, or nothing, in place of
        it."""
        if self._buffer:
            return False
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True
        except socket.timeout:
            return False

    def _fill(self):
        try:
            data = self.socket.recv(1 << 16)
        except ConnectionResetError as error:
            raise Closed(f"connection reset after {self._buffer[:200]!r}") from error
        if not data:
            raise Closed(f"connection closed after {self._buffer[:200]!r}")
        self._buffer += data

    def _take(self, size):
        while len(self._buffer) < size:
            self._fill()
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data

    def _take_line(self):
        while b"\r\n" not in self._buffer:
            self._fill()
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        return line.decode("latin-1")

    def _read_one(self, head):
        version, _, rest = self._take_line().partition(" ")
        if version not in ("HTTP/1.1", "HTTP/1.0"):
            raise Closed(f"not an HTTP answer: {version!r}")
        status, _, reason = rest.partition(" ")
        headers = []
        while line := self._take_line():
            name, _, value = line.partition(":")
            headers.append((name.lower(), value.strip()))
        answer = Answer(int(status), reason, headers, b"")
        if answer.status < 200 or answer.status in (204, 304) or head:
            return answer
        if answer.header("transfer-encoding") == "chunked":
            while size := int(self._take_line().split(";")[0], 16):
                answer.body += self._take(size)
                self._take(2)
            while self._take_line():
                pass
        else:
            answer.body = self._take(int(answer.header("content-length") or "0"))
        return answer


def write_request(method, target, headers=(), body=b""):
    """The bytes of a request. Host and Content-Length are added where `headers` does not name
    them."""
    headers = list(headers)
    names = {name.lower() for name, _ in headers}
    if "host" not in names:
        headers.insert(0, ("Host", "scorekeeper.test"))
    framed = "content-length" in names or "transfer-encoding" in names
    if not framed and (body or method in ("POST", "PUT", "PATCH")):
        headers.append(("Content-Length", str(len(body))))
    head = f"{method} {target} HTTP/1.1\r\n" + "".join(f"{n}: {v}\r\n" for n, v in headers)
    return head.encode("utf-8") + b"\r\n" + body


class Keys:
    """A pair of keys; headers() are the credentials of a request."""

    def __init__(self, document):
        self.api_key = document["api_key"]
        self.application_key = document["application_key"]
        self.api_key_id = document.get("api_key_id")
        self.application_key_id = document.get("application_key_id")

    def headers(self):
        return [("DD-API-KEY", self.api_key), ("DD-APPLICATION-KEY", self.application_key)]


class Client:
    """Requests with keys and JSON over one keep-alive connection, which is made again when it was
    closed."""

    def __init__(self, address, keys, timeout=20.0, tls=None):
        self.address = address
        self.tls = tls
        self.keys = keys
        self.timeout = timeout
        self._connection = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self._connection:
            self._connection.close()
        self._connection = None

    def call(self, method, target, document=None, headers=()):
        """The answer. A request is never sent twice: what a lost answer means is the caller's
        question."""
        body = b"" if document is None else json.dumps(document).encode()
        return self.call_with_bytes(method, target, body, headers)

    def call_with_bytes(self, method, target, body, headers=()):
        """The same with a body that may be anything."""
        all_headers = [*self.keys.headers(), *headers]
        if body:
            all_headers.append(("Content-Type", "application/json"))
        if self._connection is None:
            self._connection = Connection(self.address, self.timeout, self.tls)
        try:
            answer = self._connection.request(method, target, all_headers, body)
        except (OSError, Closed):
            self.close()
            raise
        if (answer.header("connection") or "").lower() == "close":
            self.close()
        return answer

    def create_rule(self, name, scorecard="Tests", **attributes):
        """Its id."""
        attributes = {"name": name, "scorecard_name": scorecard, **attributes}
        answer = self.call("POST", "/api/v2/scorecard/rules",
                           {"data": {"type": "rule", "attributes": attributes}})
        if answer.status != 201:
            raise AssertionError(f"rule not made: {answer}")
        return answer.json["data"]["id"]

    def push(self, results):
        """The answer to POST /outcomes with those results."""
        document = {"data": {"type": "batched-outcome", "attributes": {"results": results}}}
        return self.call("POST", "/api/v2/scorecard/outcomes", document)

    def list_all(self, target):
        """Every item of a paged list; `target` may have a query."""
        items, offset = [], 0
        joint = "&" if "?" in target else "?"
        while True:
            query = f"{joint}page%5Bsize%5D=100&page%5Boffset%5D={offset}"
            answer = self.call("GET", target + query)
            if answer.status != 200:
                raise AssertionError(f"{target}: {answer}")
            page = answer.json["data"]
            items += page
            if len(page) < 100:
                return items
            offset += 100


def wait_until(condition, seconds, what):
    """Until condition() is true; AssertionError that names `what` after within(seconds)."""
    seconds = within(seconds)
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.005)
    return value

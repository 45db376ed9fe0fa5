"""Raw bytes that a hostile, broken or slow client sends: smuggling shapes, slow and cut requests,
pipelines.

Each function is one test. The outcome in a hostile request would be stored if it were let through:
each test ends with a look whether that happened.
"""

import json
import socket
import time

from support.client import Closed, Connection, wait_until, write_request

SERVE = ["--read-timeout-ms", "700", "--idle-timeout-ms", "60000", "--connections-max", "40"]
OUTCOMES = "/api/v2/scorecard/outcomes"


def connect(server):
    return Connection(server.address, 15.0)


def key_lines(server):
    return "".join(f"{name}: {value}\r\n" for name, value in server.initial_keys().headers())


def smuggled_rule(server):
    """A whole request that makes a rule named Smuggled, to hide behind another one."""
    return rule_request(server, "Smuggled")[0]


def rule_request(server, name):
    """The bytes of a request that makes a rule, and how many of them are its body."""
    document = {"data": {"attributes": {"name": name, "scorecard_name": "S"}}}
    body = json.dumps(document).encode()
    headers = server.initial_keys().headers()
    return write_request("POST", "/api/v2/scorecard/rules", headers, body), len(body)


def assert_nothing_stored(server):
    with server.client() as client:
        rules = client.call("GET", "/api/v2/scorecard/rules").json["data"]
        outcomes = client.call("GET", OUTCOMES).json["data"]
    assert not rules and not outcomes, (rules, outcomes)


def assert_refused(server, data, *statuses):
    """The bytes are answered with one of those statuses (400) and a closed connection, and store
    nothing."""
    with connect(server) as connection:
        connection.send(data)
        answer = connection.read_answer()
        assert answer.status in (statuses or (400,)), answer
        assert answer.header("content-type") == "application/vnd.api+json", answer.headers
        assert answer.json["errors"][0]["status"] == str(answer.status), answer
        assert connection.is_closed(), "the connection stays open"
    assert_nothing_stored(server)


def post(server, framing, body=b"", version="HTTP/1.1", host="Host: x\r\n"):
    """A POST of no results whose framing headers are given as text."""
    head = f"POST {OUTCOMES} {version}\r\n{host}{key_lines(server)}{framing}\r\n"
    return head.encode("latin-1") + body


def test_content_length_and_transfer_encoding(server):
    hidden = smuggled_rule(server)
    chunked = b"0\r\n\r\n" + hidden
    for framing in ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                    "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
                    f"Content-Length: {len(chunked)}\r\nTransfer-Encoding: chunked\r\n"):
        assert_refused(server, post(server, framing, chunked))


def test_other_transfer_encodings(server):
    chunked = b"0\r\n\r\n" + smuggled_rule(server)
    for value in ("gzip, chunked", "chunked, identity", "xchunked", "identity", "chunked, chunked",
                  "\x0bchunked", "chunked;q=1", ""):
        framing = f"Transfer-Encoding: {value}\r\n"
        if value == "":
            framing = "Transfer-Encoding: \r\nContent-Length: 5\r\n"
        assert_refused(server, post(server, framing, chunked))
    twice = "Transfer-Encoding: chunked\r\n" * 2
    assert_refused(server, post(server, twice, chunked))
    assert_refused(server, post(server, "Transfer-Encoding : chunked\r\n", chunked))


def test_transfer_encoding_in_http_1_0(server):
    body = b"0\r\n\r\n" + smuggled_rule(server)
    assert_refused(server, post(server, "Transfer-Encoding: chunked\r\n", body, version="HTTP/1.0"))


def test_bad_content_lengths(server):
    body = smuggled_rule(server)
    for value in ("-1", "+5", "5 5", "5,5", "0x10", "1e3", "abc", "", "99999999999999999999999"):
        assert_refused(server, post(server, f"Content-Length: {value}\r\n", body))
    assert_refused(server, post(server, "Content-Length: 0\r\nContent-Length: 5\r\n", body))
    assert_refused(server, post(server, "Content-Length: 5\r\nContent-Length: 5\r\n", body))


def test_bad_chunks(server):
    for body in (b"x\r\n\r\n", b"-1\r\n\r\n", b"ffffffffffffffffff\r\n",
                 b"0x5\r\nhello\r\n0\r\n\r\n", b" 5\r\nhello\r\n0\r\n\r\n"):
        assert_refused(server, post(server, "Transfer-Encoding: chunked\r\n", body))
    # Undecided until a line ends as it should: refused at the latest by the deadline.
    for body in (b"5\r\nhello6\r\n", b"5\nhello\n0\n\n"):
        assert_refused(server, post(server, "Transfer-Encoding: chunked\r\n", body), 400, 408)


def test_hosts(server):
    assert_refused(server, post(server, "Content-Length: 0\r\n", host=""))
    assert_refused(server, post(server, "Content-Length: 0\r\n", host="Host: a\r\nHost: b\r\n"))
    assert_refused(server, post(server, "Content-Length: 0\r\n", host="Host: a\r\nhost: a\r\n"))


def test_folded_and_broken_header_lines(server):
    for lines in ("X-Folded: a\r\n b\r\n", "X-Folded: a\r\n\tb\r\n", "No-Colon\r\n",
                  ": no-name\r\n", "X Space: a\r\n", "X-Null: a\0b\r\n", "X-Return: a\rb\r\n"):
        assert_refused(server, post(server, lines + "Content-Length: 0\r\n"))


def test_bare_line_feeds(server):
    assert_refused(server, f"GET {OUTCOMES} HTTP/1.1\nHost: x\n\n".encode())
    assert_refused(server, post(server, "X-A: b\nTransfer-Encoding: chunked\r\n",
                                b"0\r\n\r\n" + smuggled_rule(server)))


def test_request_lines(server):
    keys = key_lines(server)
    for line in ("GET  /healthz HTTP/1.1", "GET /healthz  HTTP/1.1", "GET /health z HTTP/1.1",
                 "GET /healthz HTTP/1.x", "GET /healthz", "GET", "/healthz HTTP/1.1",
                 "GET /healthz\x01 HTTP/1.1", "G(T /healthz HTTP/1.1"):
        assert_refused(server, f"{line}\r\nHost: x\r\n{keys}\r\n".encode("latin-1"), 400, 505)


def test_targets_that_are_no_path(server):
    for target in ("http/healthz", "*", "healthz", "?/healthz"):
        with connect(server) as connection:
            answer = connection.request("GET", target)
            assert answer.status == 400, (target, answer)


def test_unknown_versions(server):
    for version in ("HTTP/2.0", "HTTP/0.9", "HTTP/1.2"):
        with connect(server) as connection:
            connection.send(f"GET /healthz {version}\r\nHost: x\r\n\r\n".encode())
            answer = connection.read_answer()
            assert answer.status in (400, 505), answer
            assert connection.is_closed()


def test_other_protocols(server):
    """A TLS hello, the HTTP/2 preface, noise: an answer or a closed connection, never silence."""
    for data in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 64,
                 b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\0" * 512, b"\xff\xfe\r\n\r\n",
                 b"\r\n\r\n\r\n\r\n" * 8):
        with connect(server) as connection:
            connection.send(data)
            try:
                answer = connection.read_answer()
                assert answer.status in (400, 408, 505), answer
            except Closed:
                pass
    assert_nothing_stored(server)


def test_header_without_end(server):
    """Header bytes that never end are cut off at the limit, not kept."""
    with connect(server) as connection:
        try:
            connection.send(f"GET {OUTCOMES} HTTP/1.1\r\nHost: x\r\n".encode())
            for _ in range(64):
                connection.send(b"X-More: " + b"x" * 1000 + b"\r\n")
        except OSError:
            pass
        assert connection.read_answer().status == 431


def test_too_many_headers(server):
    lines = "".join(f"X-{i}: a\r\n" for i in range(150))
    assert_refused(server, post(server, lines + "Content-Length: 0\r\n"), 431)


def test_long_target(server):
    with connect(server) as connection:
        connection.send(f"GET /{'x' * 20000} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert connection.read_answer().status == 414
        assert connection.is_closed()


def test_slow_header_is_cut_off(server):
    """A client that sends a byte now and then: each byte must not buy more time."""
    began = time.monotonic()
    with connect(server) as connection:
        data = iter(post(server, "Content-Length: 0\r\n"))

        def cut_off():
            try:
                connection.send(bytes([next(data)]))
                connection.socket.settimeout(0.05)
                return b"408" in connection.socket.recv(4096)
            except socket.timeout:
                return False
            except OSError:
                return True

        wait_until(cut_off, 10.0, "the slow request is cut off")
    assert time.monotonic() - began >= 0.5, "cut off before the limit"
    assert_nothing_stored(server)


def test_slow_body_is_cut_off(server):
    with connect(server) as connection:
        connection.send(post(server, "Content-Length: 100\r\n", b'{"data":'))
        assert connection.read_answer().status == 408
        assert connection.is_closed()
    assert_nothing_stored(server)


def test_body_that_stops_half_way(server):
    """A client that goes away inside the body: nothing of it is stored."""
    request, body_bytes = rule_request(server, "Half")
    for end in (1, 5, len(request) - body_bytes, len(request) - 1):
        with connect(server) as connection:
            connection.send(request[:end])
    assert_nothing_stored(server)


def test_pipelined_requests(server):
    """Requests sent at once are answered in order, each whole."""
    keys = server.initial_keys().headers()
    one = write_request("GET", "/api/v2/scorecard/scorecards", keys)
    two = write_request("POST", OUTCOMES, keys, b'{"data":{"attributes":{"results":[]}}}')
    three = write_request("GET", "/no-such-path", keys)
    with connect(server) as connection:
        connection.send((one + two + three) * 20)
        for _ in range(20):
            assert [connection.read_answer().status for _ in range(3)] == [200, 202, 404]


def test_expect_continue(server):
    body = b'{"data":{"attributes":{"results":[]}}}'
    with connect(server) as connection:
        connection.send(post(server, f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\n"))
        assert connection.read_interim().status == 100
        connection.send(body)
        assert connection.read_answer().status == 202


def test_expect_continue_is_refused_before_the_body(server):
    """A body that is announced as too large, or comes without keys, is not asked for."""
    with connect(server) as connection:
        connection.send(post(server, "Content-Length: 999999999\r\nExpect: 100-continue\r\n"))
        assert connection.read_interim().status == 413
    with connect(server) as connection:
        connection.send(f"POST {OUTCOMES} HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n"
                        "Expect: 100-continue\r\n\r\n".encode())
        assert connection.read_interim().status == 403
    with connect(server) as connection:
        connection.send(post(server, "Content-Length: 0\r\nExpect: something\r\n"))
        assert connection.read_interim().status == 417


def test_http_1_0(server):
    """An answer without keep-alive closes; with it the connection goes on."""
    with connect(server) as connection:
        connection.send(b"GET /healthz HTTP/1.0\r\n\r\n")
        assert connection.read_answer().status == 200
        assert connection.is_closed()


def test_connection_close(server):
    with connect(server) as connection:
        connection.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = connection.read_answer()
        assert (answer.status, answer.header("connection")) == (200, "close"), answer.headers
        assert connection.is_closed()


def test_head(server):
    with connect(server) as connection:
        answer = connection.request("HEAD", "/healthz")
        assert answer.status == 200 and answer.body == b""
        assert connection.request("GET", "/healthz").status == 200


def test_body_of_a_get_is_not_the_next_request(server):
    """A GET with a body: the body is read away, never taken for a request."""
    hidden = smuggled_rule(server)
    with connect(server) as connection:
        connection.send(write_request("GET", "/api/v2/scorecard/scorecards",
                                      server.initial_keys().headers(), hidden))
        assert connection.read_answer().status in (200, 400)
    assert_nothing_stored(server)


def test_refused_request_with_a_body(server):
    """An answer that comes before the body was read does not make the body a request."""
    hidden = smuggled_rule(server)
    with connect(server) as connection:
        headers = server.initial_keys().headers()
        connection.send(write_request("POST", "/no-such-path", headers, hidden))
        assert connection.read_answer().status == 404
    with connect(server) as connection:
        connection.send(write_request("POST", OUTCOMES, (), hidden))
        assert connection.read_answer().status == 403
    assert_nothing_stored(server)


def test_connection_limit(server):
    """Strangers over the limit: the oldest give way. Callers with keys stay; when they hold all
    connections, probes are served and further callers refused."""
    rules = write_request("GET", "/api/v2/scorecard/rules", server.initial_keys().headers())
    strangers = [Connection(server.address, 1.0) for _ in range(60)]
    callers = []
    for _ in range(40):
        callers.append(connect(server))
        callers[-1].send(rules)
        assert callers[-1].read_answer().status == 200
    assert all(stranger.is_closed() for stranger in strangers)
    with connect(server) as probe:
        assert probe.request("GET", "/healthz").status == 200
        with connect(server) as more:
            more.send(rules)
            answer = more.read_answer()
            assert answer.status == 503, answer
            assert "connections_max" in answer.json["errors"][0]["detail"], answer
            assert more.is_closed()
        assert probe.request("GET", "/readyz").status == 200
    for caller in callers:
        caller.send(rules)
        assert caller.read_answer().status == 200
    for connection in strangers + callers:
        connection.close()
    wait_until(server.is_ready, 10.0, "the server answers again")


def test_request_ids(server):
    """Every answer has an id; the caller's is kept when it is safe to log."""
    with connect(server) as connection:
        ids = {connection.request("GET", "/healthz").header("x-request-id") for _ in range(10)}
        assert None not in ids and len(ids) == 10, ids
        for sent, kept in (("my-request.7", True), ("a\"b c", False)):
            answer = connection.request("GET", "/healthz", [("X-Request-Id", sent)])
            assert (answer.header("x-request-id") == sent) == kept, answer.headers


def test_log_is_json_lines(server):
    """Each line of the log is one JSON object, whatever was sent, above too, and tells no
    secret."""
    secrets = (server.initial_keys().api_key, server.initial_keys().application_key)
    with connect(server) as connection:
        connection.send(b"GET /no\xffutf8 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.read_answer().status == 400
        connection.request("GET", "/quote%22%5C%0Aline?key=" + secrets[0])
    wanted = {"/no\ufffdutf8", "/quote%22%5C%0Aline"}
    # A thread of its own writes the log.
    wait_until(lambda: wanted <= {line.get("path") for line in server.log_lines()}, 10.0,
               "the log has the lines of both requests")
    text = server.log.read_bytes().decode("utf-8")
    lines = server.log_lines()
    broken = [line for line in lines if not {"time", "level", "event"} <= line.keys()]
    assert not broken, broken[:3]
    for secret in secrets:
        assert secret not in text, "a secret is logged"


def test_spaces_in_the_target(server):
    for line in ("GET /ver sion HTTP/1.1", "GET /version HTTP/1.1 ", "GET /version  HTTP/1.1",
                 "GET / version HTTP/2.0", "GET /version x HTTP/1.1 HTTP/1.1"):
        assert_refused(server, f"{line}\r\nHost: x\r\n\r\n".encode())


def test_empty_lines_before_a_request(server):
    """One is skipped (RFC 9112, 2.2), in front of each request of a connection; more are refused,
    and so is one that ends wrong."""
    request = write_request("GET", "/version")
    with connect(server) as connection:
        connection.send(b"\r\n" + request + b"\r\n" + request)
        for _ in range(2):
            assert connection.read_answer().status == 200
        for byte in b"\r\n" + request:
            connection.send(bytes([byte]))
        assert connection.read_answer().status == 200
    for line in (b"\r\n\r\n", b"\n", b"\r\r\n", b" \r\n"):
        assert_refused(server, line + request)


def test_nobody_waits_for_announced_bodies(server):
    """Bodies count when their bytes arrive."""
    held = [connect(server) for _ in range(30)]
    for connection in held:
        connection.send(post(server, "Content-Length: 8388608\r\n"))
    body = b'{"data":{"attributes":{"results":[]}}}'
    with connect(server) as connection:
        connection.send(post(server, f"Content-Length: {len(body)}\r\n", body))
        assert connection.read_answer().status == 202
    for connection in held:
        connection.close()

"""Full queues and full memory: answers that say so, and nothing half done."""

import threading

from support.client import Connection, wait_until

SERVE = ["--queue-requests-max", "1", "--body-bytes-in-flight-max", "40000",
         "--read-timeout-ms", "20000"]
THREADS = 16
SECONDS = 20.0


def test_full_intake_queue(server):
    """429 with the headers of the limit `intake_queue`; what got 202 is there, the
    rest is not."""
    stop = threading.Event()
    accepted, refused, failures = [], [], []

    def push(rule, name):
        with server.client() as client:
            number = 0
            while not stop.is_set():
                number += 1
                entity = f"service:default/{name}-{number}"
                outcome = {"rule_id": rule, "entity_reference": entity, "state": "pass"}
                answer = client.push([outcome])
                if answer.status == 202:
                    accepted.append(entity)
                elif answer.status == 429:
                    refused.append(answer)
                else:
                    failures.append(answer)

    with server.client() as client:
        rule = client.create_rule("queue")
        threads = [threading.Thread(target=push, args=(rule, f"t{i}")) for i in range(THREADS)]
        for thread in threads:
            thread.start()
        try:
            wait_until(lambda: refused or failures, SECONDS, "a batch is refused by the full queue")
            wait_until(lambda: accepted, SECONDS, "a batch is accepted")
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        assert not failures, failures[:3]
        items = client.list_all("/api/v2/scorecard/outcomes")
    assert sorted(i["attributes"]["entity_reference"] for i in items) == sorted(accepted)
    answer = refused[0]
    assert answer.header("content-type") == "application/json", answer.headers
    assert answer.body == b'{"errors":["Too many requests"]}', answer
    assert [answer.header(f"x-ratelimit-{name}") for name in ("name", "remaining", "reset")] == [
        "intake_queue", "0", "1"], answer.headers
    names = [name for name, _ in answer.headers if name.startswith("x-ratelimit-")]
    assert len(names) == len(set(names)), answer.headers


def test_bodies_in_flight(server):
    """503 when the bodies that are being read, together, are too much; room again when they are
    done."""
    head = ("POST /api/v2/scorecard/outcomes HTTP/1.1\r\nHost: x\r\n"
            + "".join(f"{name}: {value}\r\n" for name, value in server.initial_keys().headers()))
    body = b'{"data":{"attributes":{"results":[]}}}'.ljust(30_000)
    request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    with Connection(server.address) as held:
        held.send(request[:-1])

        def answered(status):
            with Connection(server.address) as other:
                other.send(request)
                answer = other.read_answer()
                assert answer.status in (202, 503), answer
                return answer if answer.status == status else None

        answer = wait_until(lambda: answered(503), SECONDS, "a body beside another one is refused")
        assert answer.json["errors"][0]["status"] == "503", answer
        held.send(request[-1:])
        assert held.read_answer().status == 202
    wait_until(lambda: answered(202), SECONDS, "there is room again")

"""Bodies that are no JSON, JSON of the wrong shape, and YAML that is broken or hostile, on every
operation that reads them. Each is a 4xx with an error document, soon, and stores nothing."""

from hostile_support import Hostile

DEEP = 5_000
# No JSON, whatever is wanted.
BROKEN_JSON = {
    "white space": b" \n\t ",
    "open object": b'{"data":',
    "open string": b'{"data":"x',
    "comma at the end": b'{"data":{},}',
    "no comma": b'{"data":{} "x":1}',
    "two documents": b'{"data":{}}{"data":{}}',
    "text behind": b'{"data":{}}x',
    "single quotes": b"{'data':{}} x",
    "comment": b'{"data":{}} // x',
    "not a number": b'{"data":NaN}}',
    "member twice": b'{"data":{"type":"x","type":"y"},"data":{}}',
    "deep arrays": b'{"data":' + b"[" * DEEP + b"]" * DEEP + b"}",
    "deep objects": b'{"data":' + b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"}",
    "not UTF-8": b'{"data":"\xff\xfe"}',
    "overlong UTF-8": b'{"data":"\xc0\xaf"}',
    "surrogate in UTF-8": b'{"data":"\xed\xa0\x80"}',
    "half a surrogate pair": b'{"data":"\\ud800"}',
    "U+0000": b'{"data":"\\u0000"}',
    "byte 0": b'{"data":"\x00"}',
    "control character": b'{"data":"\x01"}',
    "bad escape": b'{"data":"\\x41"}',
    "UTF-16": '{"data":{}}'.encode("utf-16"),
    "no number": b'{"data":01}',
}
# JSON, but not what any operation wants.
OTHER_JSON = {
    "null": b"null", "true": b"true", "a number": b"1", "a string": b'"x"',
    "an array of numbers": b"[1,2]", "an empty object": b"{}", "data is null": b'{"data":null}',
    "data is an array": b'{"data":[]}', "data is a string": b'{"data":"x"}',
    "attributes is null": b'{"data":{"attributes":null}}',
    "attributes is an array": b'{"data":{"attributes":[]}}',
    "attributes are empty": b'{"data":{"attributes":{}}}',
    "numbers for everything": b'{"data":{"type":1,"attributes":{"results":1,"name":1,"key":1}},'
                              b'"kind":1,"apiVersion":1,"metadata":1,"schema-version":1}',
    "arrays for everything": b'{"data":{"type":[],"attributes":{"results":{},"name":[]}},'
                             b'"kind":[],"apiVersion":[],"metadata":[],"schema-version":[]}',
    "a huge number": b'{"data":{"attributes":{"level":1e999,"results":1e999}},"kind":1e999}',
}
JSON_OPERATIONS = (
    ("POST", "/api/v2/scorecard/outcomes"), ("POST", "/api/v2/scorecard/outcomes/batch"),
    ("POST", "/api/v2/scorecard/rules"), ("PUT", "/api/v2/scorecard/rules/{rule_id}"),
    ("POST", "/api/v2/scorecard/campaigns"), ("PUT", "/api/v2/scorecard/campaigns/campaign"),
)
YAML_OPERATIONS = (
    ("POST", "/api/v2/catalog/entity"), ("POST", "/api/v2/catalog/entity/preview"),
    ("POST", "/api/v2/catalog/kind"), ("POST", "/api/v2/services/definitions"),
)
HEAD = b"apiVersion: v3\nkind: service\nmetadata:\n  name: hostile\n"
BOMB = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (name + 1, name + 1, b",".join([b"*%c" % name] * 9))
    for name in range(ord("a"), ord("l")))
HOSTILE_YAML = {
    "aliases that grow": HEAD + b"extensions:\n  " + BOMB.replace(b"\n", b"\n  ").rstrip(),
    "alias of itself": b"kind: &a [*a]\n",
    "unknown alias": b"kind: *nothing\n",
    "anchor without a value": b"kind: &\n",
    "tab for indentation": b"kind: service\nmetadata:\n\tname: hostile\n",
    "member twice": b"kind: service\nkind: queue\nmetadata: {name: a, name: b}\n",
    "open quote": b'kind: "service\nmetadata: {name: hostile}\n',
    "open bracket": b"kind: [service\n",
    "open brace": b"metadata: {name: hostile\n",
    "wrong indentation": b"metadata:\n    name: a\n  owner: b\n c: d\n",
    "object of Python": b"!!python/object/apply:os.system ['id']\n",
    "object of Ruby": b"--- !ruby/object:Gem::Requirement\nrequirements: []\n",
    "unknown tag": b"kind: !nothing service\nmetadata: !x {name: hostile}\n",
    "key that is an array": b"? [kind]\n: service\n",
    "key that is an object": b"? {kind: a}\n: service\n",
    "null as a name": b"kind: ~\nmetadata: ~\n",
    "number as a name": b"kind: 1\nmetadata: 2\n",
    "list": b"- kind\n- service\n",
    "text": b"service\n",
    "reserved sign": b"kind: @service\n",
    "back quote": b"kind: `service`\n",
    "directive": b"%YAML 9.9\n---\nkind: [\n",
    "deep": b"[" * DEEP + b"]" * DEEP,
    "deep by indentation": b"".join(b" " * n + b"a:\n" for n in range(200)),
    "byte 0": b"kind: ser\x00vice\n",
    "not UTF-8": b"kind: \xff\xfe\xfd\n",
    "second document is broken": b"kind: service\n---\nkind: [\n",
    "document of nothing but an end": b"...\n...\nkind: [\n",
    "long line": b"kind: " + b"x" * 300_000 + b"\n",
}


def ask_all(hostile, operations, bodies, good):
    for method, path in operations:
        for name, body in bodies.items():
            what = f"{method} {path}: {name}"
            answer = hostile.ask(what, method, path.format(**good), body)
            hostile.expect_refused(what, answer)


def test_json(server):
    hostile = Hostile(server, "hostile-json")
    good = hostile.fill()
    before = hostile.snapshot()
    ask_all(hostile, JSON_OPERATIONS, {"nothing": b"", **BROKEN_JSON, **OTHER_JSON}, good)
    # A body that is no JSON may be YAML here.
    no_yaml = ("white space", "comment", "no number", "UTF-16", "U+0000")
    broken = {name: body for name, body in BROKEN_JSON.items() if name not in no_yaml}
    ask_all(hostile, YAML_OPERATIONS, {**broken, **OTHER_JSON}, good)
    if hostile.snapshot() != before:
        hostile.fail("all of them", "something has changed")
    hostile.finish(least=300)


def test_yaml(server):
    hostile = Hostile(server, "hostile-yaml")
    good = hostile.fill()
    before = hostile.snapshot()
    ask_all(hostile, YAML_OPERATIONS, HOSTILE_YAML, good)
    if hostile.snapshot() != before:
        hostile.fail("all of them", "something has changed")
    hostile.finish(least=98)

"""Finds the parts of recorded exchanges that the document does not describe."""

import urllib.parse

from document import contents_of, parse_json, parse_parameter

# The parameters that the tests send to show that unknown ones are ignored.
IGNORED_PARAMETERS = {"nonsense", "filter[x]"}
# Answers to what is no operation of the document.
STRANGER_RESPONSES = {400: "BadRequest", 404: "NotFound", 405: "MethodNotAllowed",
                      414: "UriTooLong", 431: "HeadersTooLarge"}
# The statuses of faults of a request or its caller; the others are of the server or of HTTP.
REFUSALS = ("400", "403", "404", "409", "429")
SCHEME_HEADERS = {"dd-api-key": "apiKeyAuth", "dd-application-key": "appKeyAuth"}
TOKEN_PREFIXES = ("skpat_", "sksat_")


def header_of(headers, name):
    """The first value, None when there is none. Names are compared without case."""
    return next((value for key, value in headers if key.lower() == name), None)


def status_problems(value, status):
    """Each error object tells the status of the answer."""
    errors = value.get("errors") if isinstance(value, dict) else None
    told = {error["status"] for error in errors or [] if isinstance(error, dict)
            and "status" in error}
    return [f"body tells status {sorted(told)}"] if told - {str(status)} else []


class Exchanges:
    """Compares exchanges with a document, one after the other. `routed`: (method, path) of the
    operations that the server has. Remembers in `seen` what was exercised: "METHOD path status
    media-type" of successes, "METHOD path status" of refusals, and "security SCHEME"."""

    def __init__(self, document, routed):
        self.document = document
        self.routed = routed
        self.seen = set()
        self.count = 0

    def problems(self, exchange):
        self.count += 1
        method = "GET" if exchange["method"] == "HEAD" else exchange["method"]
        path, _, query = exchange["target"].partition("?")
        known = [each for each in self.document.at_path(path)
                 if (each.method, each.path) in self.routed]
        for operation in known:
            if operation.method == method:
                return self._of_operation(operation, query, exchange)
        return self._of_stranger(bool(known), exchange)

    def _of_stranger(self, is_path, exchange):
        status = exchange["status"]
        name = STRANGER_RESPONSES.get(status)
        if name is None or (status == 404 and is_path) or (status == 405 and not is_path):
            return [f"status {status} for what is not in the document"]
        return self._response_problems(
            self.document.root.at("components", "responses", name), exchange)[0]

    def _of_operation(self, operation, query, exchange):
        status = str(exchange["status"])
        responses = operation.place.at("responses")
        if status not in responses:
            return [f"{operation}: status {status} is not described"]
        found, media_type = self._response_problems(responses.at(status), exchange)
        if status in REFUSALS:
            self.seen.add(f"{operation} {status}")
        if status.startswith("2"):
            found += self._request_problems(operation, query, exchange)
            if exchange["method"] != "HEAD":
                self.seen.add(f"{operation} {status} {media_type}".rstrip())
        return [f"{operation} {status}: {problem}" for problem in found]

    # --- the answer

    def _response_problems(self, response, exchange):
        """The faults, and the media type ("" without a body)."""
        found = []
        if "headers" in response:
            for name, header in response.at("headers").members().items():
                found += self._header_problems(name, header, exchange["headers"])
        sent = header_of(exchange["headers"], "content-type")
        media_type = (sent or "").partition(";")[0].strip()
        contents = contents_of(response)
        if not contents:
            if sent or exchange["body"]:
                found.append(f"a body, of type {sent}, where none is described")
        elif media_type not in contents:
            found.append(f"content-type {sent} is not described")
        elif exchange["method"] != "HEAD":
            found += self._content_problems(contents[media_type], media_type, exchange)
        return found, media_type

    def _header_problems(self, name, header, headers):
        value = header_of(headers, name)
        if value is None:
            return [f"no header {name}"] if header.value.get("required") else []
        schema = header.at("schema")
        found = schema.problems(parse_parameter(value, schema.value))
        return [f"header {name}: {problem}" for problem in found]

    def _content_problems(self, content, media_type, exchange):
        value = exchange["body"]
        if media_type.endswith("json"):
            try:
                value = parse_json(value)
            except ValueError as error:
                return [f"the body is no JSON: {error}"]
        found = [f"body {problem}" for problem in content.at("schema").problems(value)]
        return found + status_problems(value, exchange["status"])

    # --- the request that was accepted

    def _request_problems(self, operation, query, exchange):
        found = self._query_problems(operation, query)
        match = operation.pattern.fullmatch(exchange["target"].partition("?")[0])
        for name, value in match.groupdict().items():
            schema = operation.parameters["path", name].at("schema")
            found += [f"path {name}: {problem}"
                      for problem in schema.problems(urllib.parse.unquote(value))]
        found += self._body_problems(operation, exchange)
        return found + self._security_problems(operation, exchange["request_headers"])

    def _query_problems(self, operation, query):
        """The first parameter of a name counts."""
        found = []
        values = {}
        for name, value in urllib.parse.parse_qsl(query, keep_blank_values=True):
            values.setdefault(name, value)
        for name, value in values.items():
            parameter = operation.parameters.get(("query", name))
            if parameter is None:
                if name not in IGNORED_PARAMETERS:
                    found.append(f"query parameter {name} is not described")
                continue
            schema = parameter.at("schema")
            found += [f"query parameter {name}: {problem}"
                      for problem in schema.problems(parse_parameter(value, schema.value))]
        return found

    def _body_problems(self, operation, exchange):
        text = exchange["request_body"]
        if "requestBody" not in operation.place:
            return ["a request body, where none is described"] if text else []
        described = operation.place.at("requestBody")
        if not text and not described.value.get("required", False):
            return []
        contents = contents_of(described)
        try:
            value = parse_json(text)
        except ValueError as error:
            # YAML is not read here, nor what a file holds encoded already (@hex).
            unread = (text and "application/yaml" in contents
                      or header_of(exchange["request_headers"], "content-encoding"))
            return [] if unread else [f"the request body is no JSON: {error}"]
        return [f"request body {problem}"
                for problem in contents["application/json"].at("schema").problems(value)]

    def _security_problems(self, operation, headers):
        used = {scheme for name, scheme in SCHEME_HEADERS.items() if header_of(headers, name)}
        if (header_of(headers, "dd-application-key") or "").startswith(TOKEN_PREFIXES):
            used = used - {"appKeyAuth"} | {"appTokenAuth"}
        bearer = header_of(headers, "authorization") or ""
        if bearer.lower().startswith("bearer ") and bearer[len("bearer "):].strip():
            used.add("bearerAuth")
        wanted = operation.schemes()
        enough = [each for each in wanted if each <= used]
        for scheme in set().union(*enough[:1]):
            self.seen.add(f"security {scheme}")
        return [] if enough or not wanted else [f"accepted with {sorted(used)} alone"]

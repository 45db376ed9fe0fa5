"""The server's OpenAPI document: its operations, and validators for the schemas in it.

A place in the document is a JSON pointer (RFC 6901). Schemas are validated where they stand, so
that their references lead into the document.
"""

import json
import re
from functools import lru_cache

from jsonschema.exceptions import best_match
from jsonschema.validators import extend
from openapi_schema_validator import OAS31Validator, oas31_format_checker
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
URI = "openapi.json"


def is_integer(_, value):
    """3.0 is none: typed clients refuse it."""
    return isinstance(value, int) and not isinstance(value, bool)


Validator = extend(OAS31Validator, type_checker=OAS31Validator.TYPE_CHECKER.redefine(
    "integer", is_integer))


def parse_json(text):
    """Strict: no member twice, no NaN."""
    def unique(pairs):
        if len({name for name, _ in pairs}) != len(pairs):
            raise ValueError(f"a member occurs twice in {[name for name, _ in pairs]}")
        return dict(pairs)

    def refuse(constant):
        raise ValueError(f"{constant} is no JSON")

    return json.loads(text, object_pairs_hook=unique, parse_constant=refuse)


def parse_parameter(text, schema):
    """The value of a parameter or header as its schema's type; the text where it is none of
    that."""
    kind = schema.get("type")
    if kind == "integer" and re.fullmatch(r"-?[0-9]+", text):
        return int(text)
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    return text


class Place:
    """A value of the document and the pointer to it; a step through a $ref leads to its target."""

    def __init__(self, document, value, pointer):
        self.document = document
        self.value = value
        self.pointer = pointer

    def __contains__(self, name):
        return name in self.value

    def at(self, *names):
        place = self
        for name in names:
            step = str(name).replace("~", "~0").replace("/", "~1")
            place = Place(place.document, place.value[name], f"{place.pointer}/{step}").target()
        return place

    def target(self):
        place = self
        while isinstance(place.value, dict) and isinstance(place.value.get("$ref"), str):
            place = place.document.find(place.value["$ref"])
        return place

    def members(self):
        return {name: self.at(name) for name in self.value}

    def problems(self, value):
        """The faults of the value, when this is a schema."""
        error = best_match(self.document.validator(self.pointer).iter_errors(value))
        if error is None:
            return []
        where = "/".join(map(str, error.absolute_path))
        return [f"/{where}: {error.message[:500]}"]


def contents_of(place):
    """Media type -> place of what a response or a request body may hold. Forms beside the first one
    stand apart: a generator makes no good type of JSON or text."""
    return {media_type: place.at(where, media_type)
            for where in ("content", "x-other-content") if where in place
            for media_type in place.at(where).value}


class Operation:
    """A method of a path."""

    def __init__(self, method, path, place):
        self.method = method.upper()
        self.path = path
        self.place = place.at(method)
        self.parameters = {}  # (in, name) -> Place; those of the operation win
        for owner in (place, self.place):
            if "parameters" in owner:
                for index in range(len(owner.value["parameters"])):
                    found = owner.at("parameters", index)
                    self.parameters[found.value["in"], found.value["name"]] = found
        self.pattern = re.compile("".join(self._segment(piece)
                                          for piece in re.split(r"(\{[^}]+\})", path)))

    def __str__(self):
        return f"{self.method} {self.path}"

    def _segment(self, piece):
        if not piece.startswith("{"):
            return re.escape(piece)
        name = piece[1:-1]
        bare_slashes = self.parameters["path", name].value.get("x-bare-slashes", False)
        return f"(?P<{name}>{'.+' if bare_slashes else '[^/]+'})"

    def successes(self):
        """(status, media type or "") of each answer that is one."""
        for status, response in self.place.at("responses").members().items():
            if status.startswith("2"):
                for media_type in contents_of(response) or {"": None}:
                    yield status, media_type

    def schemes(self):
        """Sets of names of security schemes, any of which is enough."""
        return [set(each) for each in self.place.value["security"]]

    def scopes(self):
        return [scope for each in self.place.value["security"]
                for scopes in each.values() for scope in scopes]


class Document:
    def __init__(self, text):
        self.value = parse_json(text)
        self.root = Place(self, self.value, "#")
        self._registry = Registry().with_resource(
            URI, Resource(contents=self.value, specification=DRAFT202012))
        self.operations = [
            Operation(method, path, item)
            for path, item in self.root.at("paths").members().items()
            for method in METHODS if method in item]

    def find(self, pointer):
        """The place that a reference names."""
        value = self.value
        for step in pointer.removeprefix("#/").split("/"):
            value = value[step.replace("~1", "/").replace("~0", "~")]
        return Place(self, value, pointer).target()

    @lru_cache(maxsize=None)
    def validator(self, pointer):
        escaped = pointer.replace("{", "%7B").replace("}", "%7D")
        return Validator({"$ref": f"{URI}{escaped}"}, registry=self._registry,
                         format_checker=oas31_format_checker)

    def at_path(self, path):
        """The operations of a target's path; of those whose patterns fit, the ones that have the
        most literal text."""
        fitting = [each for each in self.operations if each.pattern.fullmatch(path)]
        least = min((each.path.count("{") for each in fitting), default=0)
        return [each for each in fitting if each.path.count("{") == least]

    def problems(self):
        """The faults of the document itself, its examples included."""
        for error in OpenAPIV31SpecValidator(self.value).iter_errors():
            yield f"{'/'.join(map(str, error.absolute_path))}: {error.message[:500]}"
        yield from self._example_problems(self.root)
        names = [each.place.value.get("operationId") for each in self.operations]
        for operation, name in zip(self.operations, names):
            if not name or names.count(name) > 1:
                yield f"{operation}: operationId {name!r}"
        defined = set(self.root.at("components", "securitySchemes").value)
        for operation in self.operations:
            for scheme in set().union(*operation.schemes()) - defined:
                yield f"{operation}: there is no security scheme {scheme}"

    def _example_problems(self, place):
        value = place.value
        if isinstance(value, list):
            for index, element in enumerate(value):
                yield from self._example_problems(
                    Place(self, element, f"{place.pointer}/{index}"))
        elif isinstance(value, dict):
            if "example" in value and "schema" in value:
                found = place.at("schema").problems(value["example"])
                yield from (f"{place.pointer}/example: {problem}" for problem in found)
            if isinstance(value.get("examples"), list):
                for example in value["examples"]:
                    found = place.problems(example)
                    yield from (f"{place.pointer}/examples: {problem}" for problem in found)
            for name, member in value.items():
                if name not in ("example", "examples"):
                    step = name.replace("~", "~0").replace("/", "~1")
                    yield from self._example_problems(
                        Place(self, member, f"{place.pointer}/{step}"))

"""The official Python client, called as the table says: a request a line, an answer a line.

Environment: SCOREKEEPER_ADDRESS (HOST:PORT). README.md says what a request and an answer hold.
Arguments are made into the client's models by the client's own types; an answer is read from its
models, attribute by attribute.
"""

import json
import os
import re
import sys
import warnings
from datetime import datetime

from datadog_api_client import ApiClient, Configuration
from datadog_api_client.exceptions import ApiException
from datadog_api_client.model_utils import (
    ModelComposed,
    ModelSimple,
    OpenApiModel,
    UnparsedObject,
    validate_and_convert_types,
)
from datadog_api_client.v2.api.scorecards_api import ScorecardsApi
from datadog_api_client.v2.api.service_definition_api import ServiceDefinitionApi
from datadog_api_client.v2.api.software_catalog_api import SoftwareCatalogApi

APIS = {
    "Scorecards": ScorecardsApi,
    "ServiceDefinition": ServiceDefinitionApi,
    "SoftwareCatalog": SoftwareCatalogApi,
}
clients = {}  # one for each set of keys, headers and settings


def client_of(wanted, raw):
    key = json.dumps([wanted, raw], sort_keys=True)
    if key not in clients:
        configuration = Configuration(
            server_index=1,
            server_variables={"protocol": "http", "name": os.environ["SCOREKEEPER_ADDRESS"]},
        )
        configuration.unstable_operations["create_scorecard_outcomes_batch"] = True
        configuration.enable_retry = wanted["retry"]
        configuration.preload_content = not raw  # else the client hands the answer over as it came
        for name, member in (("apiKeyAuth", "api_key"), ("appKeyAuth", "app_key")):
            configuration.api_key.pop(name, None)
            if wanted[member] is not None:
                configuration.api_key[name] = wanted[member]
        clients[key] = ApiClient(configuration)
        for name, value in wanted["headers"].items():
            clients[key].set_default_header(name, value)
    return clients[key]


class Reading:
    """The contents of an answer, read from the client's models; the models that it has met."""

    def __init__(self):
        self.models, self.unparsed = set(), []

    def read(self, value):
        if isinstance(value, UnparsedObject):
            self.unparsed.append(repr(value)[:300])
            return {name: self.read(item) for name, item in value._data_store.items()}
        if isinstance(value, OpenApiModel):
            return self.read_model(value)
        if isinstance(value, datetime):
            return {"$time": value.isoformat()}
        if isinstance(value, (list, tuple)):
            return [self.read(item) for item in value]
        if isinstance(value, dict):
            return {name: self.read(item) for name, item in value.items()}
        return value

    def read_model(self, value):
        self.models.add(type(value).__name__)
        if value._unparsed:
            self.unparsed.append(type(value).__name__)
        if isinstance(value, ModelSimple):
            return {"$enum": value.value}
        if isinstance(value, ModelComposed):
            return self.read(value.get_oneof_instance())
        members, untyped = {}, {}
        for name in value._data_store:
            typed = name in value.openapi_types
            wire = value.attribute_map.get(name, name)
            (members if typed else untyped)[wire] = self.read(getattr(value, name))
        return {**members, "$untyped": untyped} if untyped else members


def arguments_of(endpoint, request, configuration):
    """The client's names and models for the arguments, which have the names of the wire."""
    given = {**request["arguments"], **request["query"]}
    if "body" in request:
        given["body"] = request["body"]
    arguments = {}
    for name, parameter in endpoint.params_map.items():
        wire = name if parameter["location"] == "body" else parameter["attribute"]
        if wire in given:
            arguments[name] = validate_and_convert_types(
                given.pop(wire), parameter["openapi_types"], [name], True, True, configuration
            )
    if given:
        raise TypeError(f"the client has no argument for {sorted(given)}")
    return arguments


def call(request):
    client = client_of(request["client"], request["raw"])
    api = APIS[request["api"]](client)
    method = re.sub(r"(?<!^)(?=[A-Z])", "_", request["operation"]).lower()
    endpoint = getattr(api, f"_{method}_endpoint")
    arguments = arguments_of(endpoint, request, client.configuration)
    if request["items"]:
        answer = list(getattr(api, f"{method}_with_pagination")(**arguments))
    else:
        answer = getattr(api, method)(**arguments)
    if request["raw"]:
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return {"answer": None, "models": [], "status": answer.status, "headers": headers,
                "body": answer.data.decode()}
    reading = Reading()
    return {"answer": reading.read(answer), "models": sorted(reading.models),
            "unparsed": reading.unparsed}


def answer_to(request):
    try:
        return call(request)
    except ApiException as error:
        headers = {name.lower(): value for name, value in (error.headers or {}).items()}
        return {"error": {"status": error.status, "type": type(error).__name__,
                          "body": error.body, "headers": headers}}
    except Exception as error:  # a fault of the client is an answer too: the check fails
        return {"problem": f"{type(error).__name__}: {error}"}


warnings.simplefilter("ignore")
for line in sys.stdin:
    print(json.dumps(answer_to(json.loads(line))), flush=True)

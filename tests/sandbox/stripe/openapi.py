"""Stripe's OpenAPI document as the judge of what the sandbox received and answered. For tests only.

The newest whole document at hand is of API version 2023-08-16; the SDK speaks a later one. Where the two part, the SDK's
types decide: a field that only the SDK knows is good, and every other deviation stands in DEVIATIONS with its reason.
"""

import functools
import gzip
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl
from zlib import crc32

import stripe
import yaml
from stripe._object_classes import get_object_class

from tests.sandbox.samples import CHECKOUT
from tests.sandbox.schemas import as_json_schema, complaints, reachable, references, validator
from tests.sandbox.stripe.api import OPERATIONS, find_operation
from tests.sandbox.stripe.parameters import decode

DOCUMENT = "spec3_2023-09-12.yaml.gz"


@dataclass(frozen=True, slots=True)
class Deviation:
    """A parameter that the document does not have and the SDK's type `known_by` has; one within another with its path."""

    place: str
    name: str
    known_by: str
    reason: str


DEVIATIONS = (
    Deviation("POST /v1/payment_intents", "allowed_payment_method_types", "PaymentIntentCreateParams",
              "replaces payment_method_types"),
    Deviation("POST /v1/payment_intents/{intent}/confirm", "allowed_payment_method_types",
              "PaymentIntentConfirmParams", "replaces payment_method_types"),
    Deviation("POST /v1/checkout/sessions", "allowed_payment_method_types", "checkout.SessionCreateParams",
              "replaces payment_method_types"),
    Deviation("POST /v1/checkout/sessions", "ui_mode", "checkout.SessionCreateParams", "came with embedded pages"),
    Deviation("GET /v1/checkout/sessions", "status", "checkout.SessionListParams", "came later"),
    Deviation("GET /v1/checkout/sessions", "created", "checkout.SessionListParams", "came later"),
    Deviation("POST /v1/payment_intents", "payment_method_options.card.moto",
              "PaymentIntentCreateParamsPaymentMethodOptionsCard", "the document leaves out what an account has to ask for"),
    Deviation("POST /v1/accounts", "controller", "AccountCreateParams", "replaces type"),
    Deviation("POST /v1/payment_intents/{intent}/capture", "final_capture", "PaymentIntentCaptureParams",
              "came with several captures"),
    Deviation("POST /v1/customers", "business_name", "CustomerCreateParams", "came later"),
    Deviation("POST /v1/customers", "individual_name", "CustomerCreateParams", "came later"),
)  # fmt: skip
#: object -> field -> values that the document's enum lacks and the SDK's type has.
NEW_VALUES = {
    "payment_intent": {"capture_method": {"automatic_async"}},
    "refund": {"reason": {"expired_uncaptured_charge"}},
    "event": {},
}  # fmt: skip


class Judge:
    """Compares exchanges with the document in a folder of samples."""

    def __init__(self, samples: Path) -> None:
        document = _document(samples / "stripe" / DOCUMENT)
        self.paths = document["paths"]
        self.raw = document["schemas"]
        self.components = {name: as_json_schema(schema) for name, schema in self.raw.items()}

    def judge(self, exchange: dict[str, Any]) -> list[str]:
        """Return what is wrong with one exchange: its parameters when they were taken, its answer always."""
        where = f"{exchange['method']} {exchange['path']}"
        found: list[str] = []
        if exchange["answer"] is None:
            # The sandbox was told to cut the connection.
            return []
        if exchange["status"] < 400 or exchange["status"] == 402:
            operation, _ = find_operation(exchange["method"], exchange["path"])
            found += self._parameters(operation.method, operation.template, exchange)
        if exchange["status"] < 400:
            found += self._answer(operation.method, operation.template, exchange["answer"])
        else:
            found += self._schema("error", exchange["answer"])
        return [f"{where}: {complaint}" for complaint in found]

    def judge_event(self, event: dict[str, Any]) -> list[str]:
        """Return what is wrong with a notification, the object it carries included."""
        found = [*self._schema("event", event), *self._object(event["data"]["object"])]
        return [f"{event['type']}: {complaint}" for complaint in found]

    def _parameters(self, method: str, template: str, exchange: dict[str, Any]) -> list[str]:
        spec = self.paths[template][method.lower()]
        text = exchange["body"] if method == "POST" else exchange["query"]
        given = decode(parse_qsl(text, keep_blank_values=True))
        if method == "POST":
            content = spec["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
        else:
            content = {"properties": {entry["name"]: entry["schema"] for entry in spec["parameters"]}}
        for row in DEVIATIONS:
            if row.place == f"{method} {template}":
                _without(given, row.name.split("."))
        return list(self._form(given, {"type": "object", "additionalProperties": False, **content}, ""))

    def _form(self, value: Any, schema: dict[str, Any], place: str) -> Iterator[str]:
        """Yield what is wrong with a decoded form value: every leaf is text, the schema says what text."""
        if "$ref" in schema:
            schema = self.raw[schema["$ref"].rsplit("/", 1)[-1]]
        if "anyOf" in schema:
            yield from min((list(self._form(value, option, place)) for option in schema["anyOf"]), key=len)
        elif schema.get("type") == "object" or "properties" in schema:
            yield from self._map(value, schema, place)
        elif schema.get("type") == "array":
            if not isinstance(value, list):
                yield f"{place} is no list"
                return
            for item in value:
                yield from self._form(item, schema["items"], f"{place}[]")
        else:
            yield from self._leaf(value, schema, place)

    def _map(self, value: Any, schema: dict[str, Any], place: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{place} is no map"
            return
        for name in schema.get("required", []):
            if name not in value:
                yield f"{place} lacks {name}"
        more = schema.get("additionalProperties", False)
        for name, item in value.items():
            inner = schema.get("properties", {}).get(name, more if isinstance(more, dict) else None)
            if inner is None:
                yield f"{place} has the unknown parameter {name}"
            else:
                yield from self._form(item, inner, f"{place}.{name}")

    def _leaf(self, value: Any, schema: dict[str, Any], place: str) -> Iterator[str]:
        kind = schema.get("type")
        if not isinstance(value, str):
            yield f"{place} is no plain value"
        elif (kind == "integer" and not value.removeprefix("-").isdigit()) or (
            kind == "boolean" and value not in {"true", "false"}
        ):
            yield f"{place} is no {kind}: {value}"
        elif "enum" in schema and value not in schema["enum"] and not self._new(place, value):
            yield f"{place} cannot be {value}"
        elif len(value) > schema.get("maxLength", 5000):
            yield f"{place} is too long"

    @staticmethod
    def _new(place: str, value: str) -> bool:
        name = place.rsplit(".", 1)[-1]
        return any(value in fields.get(name, ()) for fields in NEW_VALUES.values())

    def _answer(self, method: str, template: str, content: Any) -> list[str]:
        spec = self.paths[template][method.lower()]["responses"]["200"]["content"]["application/json"]["schema"]
        found = self._check(json.dumps(as_json_schema(spec), sort_keys=True), content)
        objects = content["data"] if content.get("object") == "list" else [content]
        return [*found, *(complaint for item in objects for complaint in self._fields(item))]

    def _object(self, content: dict[str, Any]) -> list[str]:
        return [*self._schema(content["object"], content), *self._fields(content)]

    def _schema(self, name: str, content: Any) -> list[str]:
        return self._check(json.dumps({"$ref": f"#/components/schemas/{name}"}), content)

    def _check(self, schema: str, content: Any) -> list[str]:
        return complaints(self._validator(schema), _as_of_the_document(content))

    @functools.cache  # noqa: B019 (one judge a run)
    def _validator(self, schema: str) -> Any:
        return validator(json.loads(schema), self.components)

    def _fields(self, content: dict[str, Any]) -> list[str]:
        """Return the fields of an object that neither the document nor the SDK's class knows."""
        known = set(self.raw.get(content["object"], {}).get("properties", {})) | _sdk_fields(content["object"])
        if content.get("deleted"):
            known |= set(self.raw[f"deleted_{content['object']}"]["properties"])
        return [f"{content['object']} has the unknown field {name}" for name in content if name not in known]


def _as_of_the_document(content: Any) -> Any:
    """Return a copy in which values that came after the document are left out, where DEVIATIONS knows them."""
    if isinstance(content, list):
        return [_as_of_the_document(item) for item in content]
    if not isinstance(content, dict):
        return content
    later = NEW_VALUES.get(str(content.get("object")), {})
    return {
        name: _stand_in(name) if isinstance(value, str) and value in later.get(name, ()) else _as_of_the_document(value)
        for name, value in content.items()
    }


def _stand_in(name: str) -> str | None:
    return {"capture_method": "automatic"}.get(name)


@functools.cache
def _sdk_fields(name: str) -> frozenset[str]:
    found = get_object_class("V1", name)
    return frozenset(getattr(found, "__annotations__", {})) - {"OBJECT_NAME"}


def _without(given: dict[str, Any], path: list[str]) -> None:
    """Take a parameter out of those given, where it is among them."""
    *outer, last = path
    for name in outer:
        given = given.get(name, {})
        if not isinstance(given, dict):
            return
    given.pop(last, None)


def sdk_parameters(name: str) -> frozenset[str]:
    """Return the parameters that a params class of the SDK knows, as "checkout.SessionCreateParams"."""
    found: Any = stripe.params
    for part in name.split("."):
        found = getattr(found, part)
    return frozenset(found.__annotations__)


def _document(path: Path) -> dict[str, Any]:
    """Return what we use of the document; reading the whole takes a second, so the part is kept under var/."""
    templates = sorted({operation.template for operation in OPERATIONS})
    kept = CHECKOUT / "var" / "sandbox" / f"{path.name}.{crc32(repr(templates).encode()):08x}.json"
    if kept.exists() and kept.stat().st_mtime >= path.stat().st_mtime:
        return dict(json.loads(kept.read_text()))
    with gzip.open(path) as text:
        whole = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 (both are safe)
    components = whole["components"]["schemas"]
    paths = {template: whole["paths"][template] for template in templates}
    names = references(paths) | {"error", "event", "setup_intent", "item"}
    part = {"paths": paths, "schemas": reachable(components, names)}
    kept.parent.mkdir(parents=True, exist_ok=True)
    # Another worker may read or write it at the same time.
    draft = kept.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(part))
    draft.replace(kept)
    return part

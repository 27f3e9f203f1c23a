"""OpenAPI 3.0 schemas as JSON Schema, and the complaints of a validator in one line each."""

from typing import Any

from jsonschema import Draft7Validator  # type: ignore[import-untyped]

#: Words of OpenAPI that JSON Schema does not know, or knows otherwise.
FOREIGN = ("nullable", "discriminator", "xml", "example", "externalDocs", "deprecated", "readOnly", "writeOnly")


def as_json_schema(node: Any) -> Any:
    """Return a schema with `nullable` spelt out and the extensions dropped."""
    if isinstance(node, list):
        return [as_json_schema(item) for item in node]
    if not isinstance(node, dict):
        return node
    # A property may be called "example" or "deprecated": only a schema's own words go.
    schema = {
        name: {key: as_json_schema(item) for key, item in value.items()}
        if name == "properties"
        else as_json_schema(value)
        for name, value in node.items()
        if name not in FOREIGN and not name.startswith(("x-", "expansion", "expandable"))
    }
    if node.get("nullable") is True:
        return {"anyOf": [{"type": "null"}, schema]}
    return schema


def references(node: Any) -> set[str]:
    """Return the names of the component schemas that a schema refers to."""
    if isinstance(node, list):
        return set().union(*(references(item) for item in node)) if node else set()
    if not isinstance(node, dict):
        return set()
    own = {node["$ref"].rsplit("/", 1)[-1]} if isinstance(node.get("$ref"), str) else set()
    return own.union(*(references(item) for item in node.values()))


def reachable(components: dict[str, Any], names: set[str]) -> dict[str, Any]:
    """Return the component schemas that these need, these included."""
    found: dict[str, Any] = {}
    waiting = set(names)
    while waiting:
        name = waiting.pop()
        found[name] = components[name]
        waiting |= references(components[name]) - set(found)
    return found


def validator(schema: Any, components: dict[str, Any]) -> Draft7Validator:
    return Draft7Validator({**schema, "components": {"schemas": components}})


def complaints(check: Draft7Validator, content: Any) -> list[str]:
    """Return what is wrong, the innermost reason of each, as "path: reason"."""
    found = []
    for error in check.iter_errors(content):
        inner = error
        while inner.context:
            inner = max(inner.context, key=lambda one: (len(one.absolute_path), one.validator != "type"))
        place = "/".join(str(part) for part in inner.absolute_path)
        found.append(f"{place}: {inner.message[-300:]}")
    return found

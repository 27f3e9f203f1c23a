"""PayPal's OpenAPI documents as the judge of what its stand-in received and answered. For tests only."""

import functools
import gzip
import json
import re
from pathlib import Path
from typing import Any

from tests.sandbox.schemas import as_json_schema, complaints, validator

DOCUMENTS = ("checkout_orders_v2", "payments_payment_v2", "notifications_webhooks_v1")


class Judge:
    """Compares exchanges with the documents in a folder of samples; tokens have no document."""

    def __init__(self, samples: Path) -> None:
        self.documents = [
            json.loads(gzip.decompress((samples / "paypal-openapi" / f"{name}.json.gz").read_bytes()))
            for name in DOCUMENTS
        ]

    def judge(self, exchange: dict[str, Any]) -> list[str]:
        """Return what is wrong with one exchange: its body when it was taken, its answer always."""
        if exchange["path"] == "/v1/oauth2/token" or exchange["status"] == 401 or not exchange["answer"]:
            return []
        found = self._operation(exchange["method"].lower(), exchange["path"])
        if found is None:
            return []
        number, template, method = found
        where = f"{exchange['method']} {exchange['path']}"
        checked = [] if exchange["status"] >= 400 else self._body(number, template, method, exchange["body"])
        checked += self._answer(number, template, method, str(exchange["status"]), exchange["answer"])
        return [f"{where}: {complaint}" for complaint in checked]

    def judge_event(self, event: dict[str, Any]) -> list[str]:
        return [
            f"{event['event_type']}: {one}" for one in self._check(2, '{"$ref": "#/components/schemas/event"}', event)
        ]

    def _operation(self, method: str, path: str) -> tuple[int, str, str] | None:
        for number, document in enumerate(self.documents):
            for template, operations in document["paths"].items():
                if method in operations and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
                    return number, template, method
        return None

    def _body(self, number: int, template: str, method: str, body: str) -> list[str]:
        asked = self.documents[number]["paths"][template][method].get("requestBody")
        if not asked or not body:
            return []
        schema = asked["content"]["application/json"]["schema"]
        return self._check(number, json.dumps(schema), json.loads(body))

    def _answer(self, number: int, template: str, method: str, status: str, content: Any) -> list[str]:
        answers = self.documents[number]["paths"][template][method]["responses"]
        if status.startswith("2"):
            schema = answers[status]["content"]["application/json"]["schema"]
            return self._check(number, json.dumps(schema), content)
        if status not in answers or "content" not in answers[status]:
            # What the sandbox was told to answer, as 429 and 500.
            return []
        return self._refusal(number, answers[status]["content"]["application/json"]["schema"], content)

    def _refusal(self, number: int, schema: dict[str, Any], content: Any) -> list[str]:
        """Check the envelope and the word for what is wrong; the sentences are PayPal's own and not repeated here."""
        parts = schema.get("allOf", [schema])
        known = {word for part in parts for word in self._words(number, part["$ref"].rsplit("/", 1)[-1])}
        unknown = [detail["issue"] for detail in content["details"] if known and detail["issue"] not in known]
        envelope = [one for one in self._check(number, json.dumps(parts[0]), content) if not one.startswith("message:")]
        return [*envelope, *(f"no such issue here: {issue}" for issue in unknown)]

    def _words(self, number: int, name: str) -> set[str]:
        text = json.dumps(self.documents[number]["components"]["schemas"][name])
        return set(re.findall(r'"issue": \{[^}]*?"enum": \["(\w+)"', text))

    @functools.cache  # noqa: B019 (one judge a run)
    def _validator(self, number: int, schema: str) -> Any:
        components = self.documents[number]["components"]["schemas"]
        return validator(
            as_json_schema(json.loads(schema)), {name: as_json_schema(one) for name, one in components.items()}
        )

    def _check(self, number: int, schema: str, content: Any) -> list[str]:
        return complaints(self._validator(number, schema), content)

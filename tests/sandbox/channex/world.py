"""What the parts of the stand-in share: its resources, the OTAs behind it, instants and dates."""

import uuid
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.sandbox.channex.errors import Refusal
from tests.sandbox.core.state import State
from tests.sandbox.core.webhooks import Webhooks
from tests.sandbox.extranet.book import Extranet

#: The one user whose key opens the stand-in; changes by anybody else carry another user or none.
USER = "5c1de0f1-6a2b-4d8e-9a4f-3b1f6d9e2a10"
GROUP = "0b7f5b0e-93a9-4a40-8d63-1f1f3d1f0c55"
Resource = dict[str, Any]


class World:
    """Resources as Channex shows them, in the state's objects. Whoever uses it holds the state's lock."""

    def __init__(self, state: State, deliveries: Webhooks) -> None:
        self.state = state
        self.deliveries = deliveries
        self.extranets: dict[str, Extranet] = {}
        self._indexed: dict[str, Resource] | None = None
        self._kinds: dict[str, dict[str, Resource]] = {}

    def add(self, kind: str, attributes: Resource, relationships: Resource | None = None, **hidden: Any) -> Resource:
        identifier = str(uuid.uuid4())
        resource = {"type": kind, "id": identifier, "attributes": {"id": identifier, **attributes}}
        if relationships is not None:
            resource["relationships"] = relationships
        self._of_kind(kind)[identifier] = resource
        return self.state.add(resource, **hidden)

    def _of_kind(self, kind: str) -> dict[str, Resource]:
        """Return the resources of a kind by identifier: hotels have few of most kinds, and many thousand bookings."""
        if self._indexed is not self.state.objects:
            self._indexed, self._kinds = self.state.objects, {}
            for identifier, one in self.state.objects.items():
                self._kinds.setdefault(one["type"], {})[identifier] = one
        return self._kinds.setdefault(kind, {})

    def get(self, kind: str, identifier: Any, code: str = "not_found") -> Resource:
        """Return a resource; refuse when there is none of the kind."""
        found = self.state.objects.get(identifier) if isinstance(identifier, str) else None
        if found is None or found["type"] != kind:
            raise Refusal(code)
        self.state.changed = True
        return found

    def has(self, kind: str, identifier: Any) -> bool:
        found = self.state.objects.get(identifier) if isinstance(identifier, str) else None
        return found is not None and found["type"] == kind

    def find(self, kind: str, **owners: str) -> list[Resource]:
        """Return resources in order of creation; owners are relationships, as property=..."""
        return [
            one
            for one in self._of_kind(kind).values()
            if all(owner(one, name) == identifier for name, identifier in owners.items())
        ]

    def remove(self, identifier: str) -> None:
        gone = self.state.objects.pop(identifier)
        self._of_kind(gone["type"]).pop(identifier, None)
        self.state.hidden.pop(identifier)
        self.state.changed = True

    def hidden(self, resource: Resource) -> dict[str, Any]:
        return self.state.hidden[resource["id"]]

    def kept(self, name: str) -> dict[str, Any]:
        """Return what belongs to no resource under a name, made when it is not there."""
        self.state.changed = True
        found: dict[str, Any] = self.state.kept.setdefault(name, {})
        return found

    def instant(self) -> datetime:
        return datetime.fromtimestamp(self.state.now(), UTC)

    def stamp(self) -> str:
        """Return the instant as Channex writes it, without a zone; never the same twice, and in order."""
        serial = self.state.kept["serial"] = self.state.kept.get("serial", 0) + 1
        return f"{self.instant():%Y-%m-%dT%H:%M:%S}.{serial % 1_000_000:06}"

    def today(self, property_id: str) -> date:
        """Return the date at the property, which is what Channex calls the past by."""
        zone = ZoneInfo(self.state.objects[property_id]["attributes"]["timezone"])
        return self.instant().astimezone(zone).date()


def owner(resource: Resource, name: str) -> str:
    """Return the identifier of what a resource belongs to, "" where it belongs to none."""
    link = resource.get("relationships", {}).get(name) or {}
    found = link.get("data") or {}
    return str(found.get("id", "")) if isinstance(found, dict) else ""


def link(kind: str, identifier: str) -> Resource:
    return {"data": {"type": kind, "id": identifier}}

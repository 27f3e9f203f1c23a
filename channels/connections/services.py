"""Connecting a property to a channel: keys in, rooms and rates read, mapped to ours. Going live is channels.sync's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from bookings.rates.models import RatePlan
from channels.adapters import adapter_of
from channels.adapters.base import ChannelRoom, Facts, Question
from channels.connections.keys import seal
from channels.connections.models import Connection, RateLink, RoomLink
from channels.connections.wire import Recorder, wire_of
from pms.audit.services import audit_record
from pms.inbox.services import endpoint_open
from pms.kernel.actors import Actor
from pms.kernel.codes import random_code
from pms.kernel.errors import Invalid, NotAllowed
from pms.kernel.locking import lock_one
from pms.kernel.text import clean_text
from pms.properties.models import RoomType
from pms.tenants.features import channel_manager_allowed

_AUDITED = (
    "name", "account", "sold_as", "company", "fallback_type", "fallback_plan", "keep_back", "days_ahead", "settings",
    "state",
)  # fmt: skip
MOST_ANSWER = 2_000


def channels_allowed() -> bool:
    """Whether the installation, the plan and the organization have channels (CHANNEL_MANAGER_ENABLED)."""
    return bool(settings.CHANNEL_MANAGER_ENABLED) and channel_manager_allowed()


def channels_require() -> None:
    """Raise NotAllowed `no_channel_manager` where the installation, the plan or the organization has no channels."""
    if not channels_allowed():
        raise NotAllowed("no_channel_manager", "The channel manager is not part of this organization's plan.")


@transaction.atomic
def connection_save(
    *,
    connection: Connection,
    actor: Actor,
    keys: Mapping[str, str] | None = None,
    answers: Mapping[str, str] | None = None,
) -> Connection:
    """Save a connection, new or changed; `keys` replace those that are given and not empty, `answers` all settings.

    Property and channel of one that is there stay. Locks the connection. Raises NotAllowed `no_channel_manager`; Invalid
    `settled`, `answer_missing`, `answer_unknown`, `other_property`; ValidationError.
    """
    channels_require()
    old = lock_one(Connection.objects.filter(pk=connection.pk)) if connection.pk else None
    facts = adapter_of(connection.adapter).facts
    if old is not None and (old.property_id, old.adapter) != (connection.property_id, connection.adapter):
        raise Invalid("settled", "Property and channel of a connection stay: make another one.", field="adapter")
    if old is None:
        connection.code = connection.code or random_code()
    else:
        connection.sealed, connection.hints = old.sealed, old.hints
        # Whoever renews the keys now goes on alone, whatever this page was opened with.
        connection.renewing_until = old.renewing_until
    connection.sold_as = connection.sold_as or facts.source
    connection.name = clean_text(connection.name, field="name") or facts.label
    connection.account = clean_text(connection.account, field="account")
    if answers is not None:
        connection.settings = _answered(facts.settings, answers)
    given = _answered(facts.credentials, keys or {}, partly=True)
    renewed = seal(connection, given, today=connection.property.business_date)
    missing = [each for each in facts.credentials if each.required and each.name not in connection.hints]
    if missing:
        raise Invalid("answer_missing", f"{missing[0].label} is needed.", field=missing[0].name)
    _ours(connection, connection.fallback_type, "fallback_type")
    _ours(connection, connection.fallback_plan, "fallback_plan")
    connection.full_clean()
    connection.save()
    endpoint_open(provider=connection.adapter, account=connection.code)
    changes = {
        name: [_said(getattr(old, name)) if old else None, _said(getattr(connection, name))]
        for name in _AUDITED
        if old is None or getattr(old, name) != getattr(connection, name)
    } | {name: [None, "set anew"] for name in renewed}
    if changes:
        told(connection, "changed" if old else "created", changes, actor)
    return connection


def rooms_fetch(*, connection: Connection, record: Recorder, actor: Actor, now: datetime) -> list[RoomLink]:
    """Read the channel's rooms and rates, which proves the keys as well, and keep them; return the rooms.

    What is mapped stays mapped; what the channel does not list any more is marked gone and told no more. Raises
    ChannelError. Speaks to the channel outside any transaction.
    """
    channels_require()
    found = adapter_of(connection.adapter).rooms(wire_of(connection, record=record))
    return rooms_keep(connection=connection, rooms=found, actor=actor, now=now)


@transaction.atomic
def rooms_keep(*, connection: Connection, rooms: Sequence[ChannelRoom], actor: Actor, now: datetime) -> list[RoomLink]:
    """Keep what a channel lists. Locks the connection."""
    row = lock_one(Connection.objects.filter(pk=connection.pk))
    if row is None:
        return []
    links: list[RoomLink] = []
    known = {link.room_id: link for link in row.room_links.all()}
    for room in rooms:
        link = known.pop(room.room_id, None) or RoomLink(connection=row, room_id=room.room_id[:64])
        link.name, link.max_guests, link.gone_at = room.name[:160], min(room.max_guests, 999), None
        link.save()
        links.append(link)
        rates = {rate.rate_id: rate for rate in link.rate_links.all()}
        for rate in room.rates:
            kept = rates.pop(rate.rate_id, None) or RateLink(room=link, rate_id=rate.rate_id[:64])
            kept.name, kept.guests, kept.read_only = rate.name[:160], list(rate.guests), rate.read_only
            kept.gone_at = None
            kept.save()
        link.rate_links.filter(pk__in=[rate.pk for rate in rates.values()], gone_at=None).update(gone_at=now)
    row.room_links.filter(pk__in=[link.pk for link in known.values()], gone_at=None).update(gone_at=now)
    row.rooms_read_at = now
    row.save(update_fields=["rooms_read_at"])
    connection.rooms_read_at = now
    told(
        row, "rooms_read", {"rooms": [None, len(rooms)], "rates": [None, sum(len(room.rates) for room in rooms)]}, actor
    )
    return links


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the channel's is what of ours; None takes a link away."""

    rooms: Mapping[int, RoomType | None]
    rates: Mapping[int, RatePlan | None]


@transaction.atomic
def links_map(*, connection: Connection, wanted: Wanted, actor: Actor) -> int:
    """Map rooms to room types and rates to rate plans, by the links' keys; return how many changed. Locks the connection.

    Raises Invalid `other_property`, `read_only` for a rate that the channel computes itself, `retired`.
    """
    row = lock_one(Connection.objects.filter(pk=connection.pk))
    if row is None:
        return 0
    changes: dict[str, list[str | None]] = {}
    for link in row.room_links.filter(pk__in=wanted.rooms).select_related("room_type"):
        room_type = wanted.rooms[link.pk]
        _ours(row, room_type, "room_type")
        if link.room_type != room_type:
            changes[f"room {link.room_id}"] = [_code(link.room_type), _code(room_type)]
            link.room_type = room_type
            link.save(update_fields=["room_type"])
    for rate in RateLink.objects.filter(room__connection=row, pk__in=wanted.rates).select_related("rate_plan", "room"):
        plan = wanted.rates[rate.pk]
        _ours(row, plan, "rate_plan")
        if rate.rate_plan != plan:
            changes[f"rate {rate.room.room_id}/{rate.rate_id}"] = [_code(rate.rate_plan), _code(plan)]
            rate.rate_plan = plan
            rate.save(update_fields=["rate_plan"])
    if changes:
        told(row, "mapped", changes, actor)
    return len(changes)


def told(connection: Connection, verb: str, changes: Mapping[str, object], actor: Actor, *, reason: str = "") -> None:
    """Write the audit row of what happened to a connection."""
    audit_record(
        action=f"connection.{verb}",
        subject_type="connection",
        subject_code=connection.code,
        property_code=connection.property.code,
        actor=actor,
        reason=reason,
        changes=dict(changes),
    )


def _ours(connection: Connection, row: RoomType | RatePlan | None, field: str) -> None:
    if row is None:
        return
    if row.property_id != connection.property_id:
        raise Invalid("other_property", "The room type and the rate plan must be this property's.", field=field)
    if row.retired_at is not None:
        raise Invalid("retired", f"{row.name} is not sold any more.", field=field)


def _answered(questions: Sequence[Question], given: Mapping[str, str], *, partly: bool = False) -> dict[str, str]:
    """Return the answers to questions, cleaned. Raises Invalid `answer_unknown`, `answer_missing`."""
    known = {each.name: each for each in questions}
    for name in given:
        if name not in known:
            raise Invalid("answer_unknown", f"The channel does not ask for “{name}”.", field=name)
    answers: dict[str, str] = {}
    for name, question in known.items():
        value = clean_text(given.get(name, ""), field=name, most=MOST_ANSWER)
        if not value and not partly:
            value = question.default
        if value and question.choices and value not in dict(question.choices):
            raise Invalid("answer_unknown", f"“{value}” cannot be chosen for {question.label}.", field=name)
        if not value and question.required and not partly:
            raise Invalid("answer_missing", f"{question.label} is needed.", field=name)
        if value:
            answers[name] = value
    return answers


def _said(value: object) -> object:
    return value if value is None or isinstance(value, bool | int | str | dict) else str(value)


def _code(row: RoomType | RatePlan | None) -> str | None:
    return None if row is None else row.code


def facts_of(connection: Connection) -> Facts:
    """Return what is always so about a connection's channel."""
    return adapter_of(connection.adapter).facts

"""Choosing: a hold, kept once longer, and taken again when it ran out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from billing.taxes.party import Party
from bookings.checkout.enums import OPEN, State
from bookings.checkout.models import Checkout
from bookings.checkout.services.recording import checkout_lock, price_set, rooms_of, told
from bookings.lifecycle.services import RoomRequest, booking_create, hold_renew
from bookings.rates.enums import Source
from bookings.rates.models import RatePlan
from bookings.rates.quoting import ExtraWish
from bookings.rates.wishes import Wish, wish_query
from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation
from bookings.reservations.terms import terms_from_json
from guests.profiles.models import Guest
from guests.profiles.services import guest_unnamed
from pms.kernel.actors import Actor
from pms.kernel.errors import Conflict
from pms.kernel.locking import retried
from pms.properties.models import Property, RoomType

HOLD_MINUTES = 15


@dataclass(frozen=True, slots=True)
class RoomChoice:
    """What a guest chose for one room, and who sleeps there."""

    room_type: RoomType
    rate_plan: RatePlan
    party: Party
    extras: tuple[ExtraWish, ...] = ()


@retried
def checkout_hold(
    *,
    property: Property,
    wish: Wish,
    choices: Sequence[RoomChoice],
    promo_code: str,
    access_code: str,
    language: str,
    actor: Actor,
    request_key: UUID | None = None,
    seen_minor: int | None = None,
    booker: Guest | None = None,
    hold_minutes: int = HOLD_MINUTES,
) -> Checkout:
    """Keep the chosen rooms for `hold_minutes` at the price of now; the same `request_key` again is the same checkout.

    Nobody's name is known yet: the hold is the unnamed guest's. `seen_minor` is the price the guest chose by. Locks as
    booking_create, and raises what it raises.
    """
    rooms = [
        RoomRequest(
            room_type=choice.room_type,
            rate_plan=choice.rate_plan,
            arrival=wish.arrival,
            departure=wish.departure,
            adults=choice.party.adults,
            child_ages=choice.party.child_ages,
            promo_code=promo_code,
            access_code=access_code,
            extras=choice.extras,
        )
        for choice in choices
    ]
    now = timezone.now()
    with transaction.atomic():
        booking = booking_create(
            property=property,
            rooms=rooms,
            booker=booker or guest_unnamed(),
            source=Source.DIRECT_WEB,
            status=Status.HOLD,
            hold_minutes=hold_minutes,
            request_key=request_key,
            actor=actor,
        )
        known = Checkout.objects.filter(booking=booking).select_related("booking__property").first()
        if known is not None:
            return known
        row = Checkout(
            booking=booking,
            language=language,
            query=wish_query(wish)[:300],
            code=wish.code,
            currency=property.currency,
            expires_at=now + timedelta(minutes=hold_minutes),
            made_at=now,
        )
        kept = rooms_of(row)
        price_set(row, kept)
        row.expires_at = min(room.hold.expires_at for room in kept if room.hold is not None)
        row.seen_minor = seen_minor if seen_minor not in {None, row.agreed_minor} else None
        row.save(force_insert=True)
        told(row, "held", actor, {"agreed_minor": [None, row.agreed_minor]}, until=row.expires_at.isoformat())
    return row


@retried
@transaction.atomic
def checkout_renew(*, checkout: Checkout, actor: Actor, hold_minutes: int = HOLD_MINUTES) -> Checkout:
    """Keep the rooms `hold_minutes` from now, once. Locks the checkout, then as hold_renew.

    Raises Conflict `renewed_before`, `hold_ended`.
    """
    row = checkout_lock(checkout)
    if row.renewed_at is not None:
        raise Conflict("renewed_before", "The time was extended once already.")
    now = timezone.now()
    if row.state not in OPEN or row.expires_at <= now:
        raise Conflict("hold_ended", "The rooms are not kept any more.")
    until = max(row.expires_at, now + timedelta(minutes=hold_minutes))
    hold_renew(booking=row.booking, until=until, actor=actor)
    before, row.expires_at, row.renewed_at = row.expires_at, until, now
    row.save(update_fields=["expires_at", "renewed_at"])
    told(row, "renewed", actor, {"expires_at": [before.isoformat(), until.isoformat()]})
    return row


def checkout_retake(*, checkout: Checkout, actor: Actor) -> Checkout:
    """Keep the same rooms again after they were let go, at the price of now, with all that the guest had typed.

    Two clicks make one. Raises Conflict `still_kept` where nothing ran out, and what booking_create raises.
    """
    row = Checkout.objects.select_related("booking__property", "booking__booker").get(pk=checkout.pk)
    if row.state not in {State.EXPIRED, State.REFUNDED} and row.expires_at > timezone.now():
        raise Conflict("still_kept", "The rooms are still kept.")
    rooms = rooms_of(row)
    terms = [terms_from_json(room.terms) for room in rooms]
    first = rooms[0]
    wish = Wish(
        first.arrival,
        first.departure,
        sum(room.adults for room in rooms),
        tuple(age for room in rooms for age in _ages(room)),
        len(rooms),
        row.code,
    )
    again = checkout_hold(
        property=row.booking.property,
        wish=wish,
        choices=[
            RoomChoice(room.room_type, room.rate_plan, Party(room.adults, _ages(room)), kept.extras)
            for room, kept in zip(rooms, terms, strict=True)
        ],
        promo_code=terms[0].promo_code,
        access_code=row.code,
        language=row.language,
        actor=actor,
        request_key=UUID(int=row.booking.manage_key.int ^ 1),
        seen_minor=row.agreed_minor,
        booker=row.booking.booker,
    )
    names = (
        "first_name", "last_name", "email", "phone", "country", "arrival_time", "special_requests", "company_name",
        "company_street", "company_postal_code", "company_city", "company_country", "company_vat_id", "wants_reminder",
    )  # fmt: skip
    for name in names:
        setattr(again, name, getattr(row, name))
    again.save(update_fields=names)
    return again


def _ages(room: Reservation) -> tuple[int, ...]:
    ages = room.occupants.filter(kind="child").order_by("pk").values_list("age", flat=True)
    return tuple(17 if age is None else age for age in ages)

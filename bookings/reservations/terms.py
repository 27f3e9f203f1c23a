"""The terms a reservation was sold under, as they are kept with it (T45, T47): values to JSON and back."""

from dataclasses import dataclass, field
from datetime import date

from bookings.rates import policies
from bookings.rates.quoting import CancellationTerms, ExtraWish, Part, PaymentStep, Terms


@dataclass(frozen=True, slots=True)
class SoldTerms:
    """What was agreed besides prices. `deadline_arrival` is the arrival that cancellation deadlines count back from:
    that of the sale, unless the policy moves it (T48). `extras` are the extras as they were asked for."""

    cancellation: CancellationTerms = field(default_factory=CancellationTerms)
    payments: tuple[PaymentStep, ...] = ()
    deadline_arrival: date | None = None
    promo_code: str = ""
    source: str = ""
    rounding: str = ""
    extras: tuple[ExtraWish, ...] = ()


def terms_as_json(terms: SoldTerms) -> Terms:
    """Return terms as Reservation.terms keeps them; dates in ISO 8601."""
    return {
        "cancellation": policies.as_json(terms.cancellation),
        "payments": policies.steps_as_json(terms.payments),
        "deadline_arrival": terms.deadline_arrival.isoformat() if terms.deadline_arrival else None,
        "promo_code": terms.promo_code,
        "source": terms.source,
        "rounding": terms.rounding,
        "extras": [
            {
                "code": wish.code,
                "quantity": wish.quantity,
                "dates": None if wish.dates is None else [day.isoformat() for day in wish.dates],
                "persons": wish.persons,
            }
            for wish in terms.extras
        ],
    }


def terms_from_json(kept: Terms) -> SoldTerms:
    """Return the terms that were kept; what came from elsewhere and kept none can be cancelled free of charge."""
    if not kept:
        return SoldTerms()
    arrival = kept["deadline_arrival"]
    return SoldTerms(
        cancellation=policies.from_json(kept["cancellation"]),
        payments=policies.steps_from_json(kept["payments"]),
        deadline_arrival=date.fromisoformat(arrival) if arrival else None,
        promo_code=kept["promo_code"],
        source=kept["source"],
        rounding=kept["rounding"],
        extras=tuple(
            ExtraWish(
                wish["code"],
                wish["quantity"],
                None if wish["dates"] is None else tuple(date.fromisoformat(day) for day in wish["dates"]),
                wish.get("persons"),
            )
            for wish in kept["extras"]
        ),
    )


def parts_as_json(parts: tuple[Part, ...]) -> list[Terms]:
    """Return the parts of a night's price as StayNight.parts keeps them."""
    return [{"component": part.component, "amount_minor": part.amount_minor} for part in parts]


def parts_from_json(kept: list[Terms], price_minor: int) -> tuple[Part, ...]:
    """Return the parts that were kept; none kept: all of the price is for the room."""
    if not kept:
        return (Part("accommodation", price_minor),)
    return tuple(Part(part["component"], part["amount_minor"]) for part in kept)

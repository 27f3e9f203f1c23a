"""Why a room is not offered, in the guest's words and language. One sentence for every code of REFUSALS."""

from collections.abc import Callable, Sequence
from datetime import date

from django.utils.translation import gettext, ngettext

from bookings.rates.quoting import Refusal
from pms.branding.templatetags.guest import day

#: Said to nobody: a guest without the code need not know of the rate, nor of one that is sold elsewhere or no more.
SILENT = frozenset({"access_code", "channel_closed", "retired"})
#: What is wrong with the code that was typed, not with the rooms.
OF_THE_CODE = "promo_"


def sentence(refusal: Refusal) -> str:
    """Return why, as a whole sentence in the active language. Dates are property-local."""
    return _SENTENCES[refusal.code](refusal)


def sentences(refusals: Sequence[Refusal]) -> tuple[str, ...]:
    """Return each reason once, in the order given, without those in SILENT."""
    return tuple(dict.fromkeys(sentence(refusal) for refusal in refusals if refusal.code not in SILENT))


def _plain(text: Callable[[], str]) -> Callable[[Refusal], str]:
    return lambda _refusal: text()


def _dated(with_day: Callable[[], str], without: Callable[[], str]) -> Callable[[Refusal], str]:
    def said(refusal: Refusal) -> str:
        return with_day() % {"day": _day(refusal.date)} if refusal.date else without()

    return said


def _day(value: date | None) -> str:
    return day(value) if value else ""


def _number(refusal: Refusal) -> int:
    return refusal.value if isinstance(refusal.value, int) else 0


def _min_stay(refusal: Refusal) -> str:
    number = _number(refusal)
    text = ngettext(
        "For this arrival a stay has at least %(number)s night.",
        "For this arrival a stay has at least %(number)s nights.",
        number,
    )
    return text % {"number": number}


def _min_stay_through(refusal: Refusal) -> str:
    number = _number(refusal)
    text = ngettext(
        "A stay over these nights has at least %(number)s night.",
        "A stay over these nights has at least %(number)s nights.",
        number,
    )
    return text % {"number": number}


def _max_stay(refusal: Refusal) -> str:
    number = _number(refusal)
    text = ngettext(
        "For this arrival a stay has at most %(number)s night.",
        "For this arrival a stay has at most %(number)s nights.",
        number,
    )
    return text % {"number": number}


def _lead_hours(refusal: Refusal) -> str:
    number = _number(refusal)
    text = ngettext(
        "It has to be booked at least %(number)s hour before check-in. Please call us.",
        "It has to be booked at least %(number)s hours before check-in. Please call us.",
        number,
    )
    return text % {"number": number}


def _lead_days(refusal: Refusal) -> str:
    number = _number(refusal)
    text = ngettext(
        "It can be booked at most %(number)s day before arrival.",
        "It can be booked at most %(number)s days before arrival.",
        number,
    )
    return text % {"number": number}


_SENTENCES: dict[str, Callable[[Refusal], str]] = {
    "sold_out": _dated(
        lambda: gettext("It is sold out on the night of %(day)s."), lambda: gettext("It is sold out for these nights.")
    ),
    "beyond_horizon": _plain(lambda: gettext("These dates are further ahead than we sell yet.")),
    "too_many_guests": _plain(lambda: gettext("It is too small for so many guests: choose more rooms.")),
    "arrival_past": _plain(lambda: gettext("The arrival is in the past.")),
    "no_price": _plain(lambda: gettext("There is no price for these nights yet. Please ask us.")),
    "retired": _plain(lambda: gettext("It is not sold any more.")),
    "min_stay_arrival": _min_stay,
    "min_stay_through": _min_stay_through,
    "max_stay": _max_stay,
    "closed_to_arrival": _dated(
        lambda: gettext("Nobody can arrive on %(day)s."), lambda: gettext("Nobody can arrive on this day.")
    ),
    "closed_to_departure": _dated(
        lambda: gettext("Nobody can depart on %(day)s."), lambda: gettext("Nobody can depart on this day.")
    ),
    "stop_sell": _dated(
        lambda: gettext("It is not sold for the night of %(day)s."),
        lambda: gettext("It is not sold for these nights."),
    ),
    "lead_hours_min": _lead_hours,
    "lead_days_max": _lead_days,
    "quota": _plain(lambda: gettext("All rooms at this rate are taken for these nights.")),
    "sale_window": _plain(lambda: gettext("This rate is not on sale today.")),
    "stay_window": _plain(lambda: gettext("This rate is not for these dates.")),
    "plan_lead_time": _plain(lambda: gettext("This rate is not for an arrival as near or as far ahead as this.")),
    "plan_nights": _plain(lambda: gettext("This rate is not for a stay of this length.")),
    "access_code": _plain(lambda: gettext("This rate asks for a code.")),
    "channel_closed": _plain(lambda: gettext("This rate is not sold here.")),
    "promo_unknown": _plain(lambda: gettext("We do not know this code.")),
    "promo_window": _plain(lambda: gettext("This code is not good today.")),
    "promo_stay": _plain(lambda: gettext("This code is not good for these dates.")),
    "promo_plan": _plain(lambda: gettext("This code is not good for this rate.")),
    "promo_nights": _plain(lambda: gettext("This code asks for a longer stay.")),
    "promo_used_up": _plain(lambda: gettext("This code was used as often as it may be.")),
    "promo_source": _plain(lambda: gettext("This code is not good on the website.")),
    "extra_unknown": _plain(lambda: gettext("This extra is not sold any more.")),
    "extra_sold_out": _dated(
        lambda: gettext("None of this extra is left on %(day)s."),
        lambda: gettext("None of this extra is left on these days."),
    ),
    # What a hold, a payment or a step refuses besides.
    "room_taken": _plain(lambda: gettext("Somebody else has just taken this room.")),
    "hold_ended": _plain(lambda: gettext("The time is up: the rooms are not kept any more.")),
    "renewed_before": _plain(lambda: gettext("The time was extended once already.")),
    "details_missing": _plain(lambda: gettext("Please say first who is coming.")),
    "no_online_payment": _plain(
        lambda: gettext("This rate is paid in advance, and this house takes no payment online. Please call us.")
    ),
    "provider_away": _plain(
        lambda: gettext(
            "The payment service does not answer right now. Nothing was paid: please try again in a minute."
        )
    ),
    "provider_refused": _plain(
        lambda: gettext("The payment service did not accept this. Nothing was paid: please call us.")
    ),
    "locked": _plain(lambda: gettext("Somebody is booking the same room just now. Please try again.")),
    "contended": _plain(lambda: gettext("Somebody is booking the same room just now. Please try again.")),
    "nothing_chosen": _plain(lambda: gettext("Choose a room and a rate first.")),
    "not_offered": _plain(lambda: gettext("This offer is not there any more. Please choose again.")),
}


def said_of(code: str, *, day: date | None = None, value: int | str | None = None) -> str:
    """Return the sentence of a refusal that was raised; one that nobody foresaw asks to try again."""
    if code not in _SENTENCES:
        return gettext("That did not work. Please try again, or call us.")
    return sentence(Refusal(code, "", date=day, value=value))

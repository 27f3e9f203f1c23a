"""What a guest reads when something is refused: the one place where a code becomes a sentence in the guest's language.

The search, the calendar, the offers, the steps of a sale and the guest's own page all read here. A sentence names the rule
and, after it, what can be had instead. Faults of a typed wish (bookings.rates.wishes) and the guards against abuse
(bookings.funnel) name what was typed and how much is allowed: they carry a sentence of their own in SAID_WHERE_RAISED.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from bookings.rates.quoting import Refusal
from pms.branding.formats import day_within
from pms.kernel.errors import DomainError

#: Said to nobody: a guest without the code need not know of the rate, nor of one that is sold elsewhere or no more.
SILENT = frozenset({"access_code", "channel_closed", "retired"})
#: What is wrong with the code that was typed, not with the rooms.
OF_THE_CODE = "promo_"
#: Refused where the guest typed, in the guest's language already.
SAID_WHERE_RAISED = frozenset(
    {"bad_date", "bad_number", "too_far", "too_long", "room_without_adult"}
    | {"too_many_holds", "too_many_rooms", "network_share"}
)
#: What only staff can be refused, said to a guest who comes upon it all the same.
AT_THE_DESK = frozenset(
    {
        *("arrival_to_come", "arrivals_open", "bad_hold", "bad_price", "bad_quantity", "bad_status", "balance_open"),
        *("block_used_up", "departures_open", "deposit_left", "duplicate_external_id", "in_house", "invalid"),
        *(
            "late_cut_off",
            "negative_commission",
            "negative_fee",
            "negative_limit",
            "no_agency",
            "no_unit",
            "no_unit_free",
            "not_a_night",
            "not_in_service",
            "not_longer",
            "not_lost",
        ),
        *("not_shorter", "one_unit_each", "other_property", "parent_taken", "reason_missing", "same_reservation"),
        *("same_unit", "stay_over", "too_deep", "too_early", "too_late", "too_many_parts", "unit_dirty"),
        *("unit_has_bookings", "unit_needed", "unit_occupied"),
    }
)

_Text = str | Promise

#: The rule of each code. A pair is said with the day it stands on, or without where no day is known.
_RULES: dict[str, _Text | tuple[_Text, _Text]] = {
    "sold_out": (_("Sold out on %(day)s."), _("It is sold out for some of these nights.")),
    "quota": (_("Sold out on %(day)s."), _("All rooms at this rate are taken for these nights.")),
    "rooms_left": ngettext_lazy("Only %(value)s room is left.", "Only %(value)s rooms are left.", "value"),
    "beyond_horizon": (_("Not on sale yet for %(day)s."), _("These dates are further ahead than we sell yet.")),
    "too_many_guests": _("The room is too small for so many guests."),
    "arrival_past": _("The arrival is in the past."),
    "no_price": (_("No price yet for %(day)s."), _("There is no price for these nights yet.")),
    "retired": _("It is not sold any more."),
    "min_stay_arrival": (
        ngettext_lazy(
            "Stays arriving on %(day)s have at least %(value)s night.",
            "Stays arriving on %(day)s have at least %(value)s nights.",
            "value",
        ),
        ngettext_lazy(
            "For this arrival a stay has at least %(value)s night.",
            "For this arrival a stay has at least %(value)s nights.",
            "value",
        ),
    ),
    "min_stay_through": (
        ngettext_lazy(
            "Stays over %(day)s have at least %(value)s night.",
            "Stays over %(day)s have at least %(value)s nights.",
            "value",
        ),
        ngettext_lazy(
            "A stay over these nights has at least %(value)s night.",
            "A stay over these nights has at least %(value)s nights.",
            "value",
        ),
    ),
    "max_stay": (
        ngettext_lazy(
            "Stays arriving on %(day)s have at most %(value)s night.",
            "Stays arriving on %(day)s have at most %(value)s nights.",
            "value",
        ),
        ngettext_lazy(
            "For this arrival a stay has at most %(value)s night.",
            "For this arrival a stay has at most %(value)s nights.",
            "value",
        ),
    ),
    "closed_to_arrival": (_("No arrival on %(day)s."), _("Nobody can arrive on this day.")),
    "closed_to_departure": (_("No departure on %(day)s."), _("Nobody can depart on this day.")),
    "stop_sell": (_("Closed on %(day)s."), _("It is not sold for these nights.")),
    "lead_hours_min": (
        ngettext_lazy(
            "Booked at least %(value)s hour before check-in on %(day)s.",
            "Booked at least %(value)s hours before check-in on %(day)s.",
            "value",
        ),
        ngettext_lazy(
            "It has to be booked at least %(value)s hour before check-in.",
            "It has to be booked at least %(value)s hours before check-in.",
            "value",
        ),
    ),
    "lead_days_max": (
        ngettext_lazy(
            "Booked at most %(value)s day before %(day)s.", "Booked at most %(value)s days before %(day)s.", "value"
        ),
        ngettext_lazy(
            "It can be booked at most %(value)s day before arrival.",
            "It can be booked at most %(value)s days before arrival.",
            "value",
        ),
    ),
    "sale_window": _("This rate is not on sale today."),
    "stay_window": (_("Not sold for %(day)s."), _("This rate is not for these dates.")),
    "plan_lead_time": _("This rate is not for an arrival as near or as far ahead as this."),
    "plan_nights": _("This rate is not for a stay of this length."),
    "access_code": _("This rate asks for a code."),
    "channel_closed": _("This rate is not sold here."),
    "promo_unknown": _("We do not know this code."),
    "promo_window": _("This code is not good today."),
    "promo_stay": _("This code is not good for these dates."),
    "promo_plan": _("This code is not good for this rate."),
    "promo_nights": _("This code asks for a longer stay."),
    "promo_used_up": _("This code was used as often as it may be."),
    "promo_source": _("This code is not good on the website."),
    "extra_unknown": _("This extra is not sold any more."),
    "extra_sold_out": (
        _("None of this extra is left on %(day)s."),
        _("None of this extra is left on these days."),
    ),
    # What a hold, a step of the sale or a payment refuses besides.
    "room_taken": _("This room has just been taken for some of these nights."),
    "hold_ended": _("The time is up: the rooms are not kept any more."),
    "renewed_before": _("The time was extended once already."),
    "still_kept": _("The rooms are kept for you still."),
    "details_missing": _("Please say first who is coming."),
    "no_online_payment": _("This rate is paid in advance, and this house takes no payment online."),
    "payment_due": _("This booking is paid, or guaranteed by a card, before it is made."),
    "payment_under_way": _("The bank is still at work on the payment."),
    "paid_already": _("It is paid already."),
    "nothing_due": _("Nothing is to be paid now."),
    "provider_away": _("The payment service does not answer right now. Nothing was paid."),
    "provider_refused": _("The payment service did not accept this. Nothing was paid."),
    "locked": _("Somebody is booking the same rooms just now."),
    "contended": _("Somebody is booking the same rooms just now."),
    "nothing_chosen": _("Choose a room and a rate first."),
    "not_offered": _("This offer is not there any more."),
    "no_rooms": _("A booking has at least one room."),
    "extra_there": _("This extra is booked on these days already."),
    "no_such_charge": _("This extra is not part of the stay."),
    "no_such_property": _("There is no such house here."),
    "no_such_checkout": _("There is no such booking in progress."),
    # What the guest's own page refuses besides.
    "bad_age": _("Give the age on arrival of each child under eighteen."),
    "change_costs": _(
        "The time for free changes is over: nights can be added here, but not given up. Please ask the hotel."
    ),
    "changed_meanwhile": _("The booking has changed meanwhile."),
    "channel_booking": _("This booking was made elsewhere and is changed there."),
    "document_damaged": _("This document cannot be shown. Please ask the hotel for it."),
    "fee_changed": _("What cancelling costs has changed meanwhile."),
    "name_missing": _("A guest has at least a last name."),
    "no_adult": _("At least one adult stays in each room."),
    "no_nights": _("The departure must be after the arrival."),
    "no_payment_here": _("Nothing can be paid here at the moment."),
    "no_questions": _("Questions cannot be asked here. Please call or write to the hotel."),
    "no_such_booking": _("There is no such booking."),
    "no_such_document": _("There is no such document."),
    "no_such_link": _("This link is not valid any more. Ask for a new one with “Find my booking”."),
    "no_such_room": _("This booking has no such room."),
    "not_changeable": _("This stay cannot be changed any more."),
    "nothing_changes": _("Nothing would change."),
    "nothing_to_pay": _("Nothing is left to pay here."),
    "party_unpriced": _("We cannot price other guests for this stay here. Please ask the hotel."),
    "past_nights": _("Nights that have begun cannot be given up here."),
    "price_changed": _("The price has changed meanwhile."),
    "text_missing": _("Write your question first."),
    "text_too_long": _("This text is too long."),
    "too_many_questions": _("Your last questions still wait for an answer. Please call us instead."),
    "transition_refused": _("This is not possible any more for this stay."),
    **dict.fromkeys(AT_THE_DESK, _("This cannot be done here. Please ask the hotel.")),
}

_OTHER_DATES = _("Please choose other dates.")
_OTHER_RATE = _("Please choose another rate.")
_OTHER_ROOM = _("Please choose other dates or another room.")
_WITHOUT_CODE = _("Please go on without it.")
_ASK = _("Please ask the hotel.")
_AGAIN = _("Please try again.")
_LOOK_AGAIN = _("Please look at it once more.")

#: What can be had instead, for the codes whose rule leaves it open.
_INSTEAD: dict[str, _Text] = {
    "sold_out": _OTHER_ROOM,
    "quota": _OTHER_RATE,
    "rooms_left": _("Please choose other dates or fewer rooms."),
    "beyond_horizon": _("Please choose earlier dates."),
    "too_many_guests": _("Please choose a larger room, or more rooms."),
    "arrival_past": _OTHER_DATES,
    "no_price": _("Please choose other dates or ask the hotel."),
    "retired": _OTHER_ROOM,
    "min_stay_arrival": _("Please stay longer or arrive on another day."),
    "min_stay_through": _("Please stay longer or choose other dates."),
    "max_stay": _("Please stay shorter or arrive on another day."),
    "closed_to_arrival": _("Please arrive on another day."),
    "closed_to_departure": _("Please depart on another day."),
    "stop_sell": _OTHER_DATES,
    "lead_hours_min": _("Please choose a later arrival or call the hotel."),
    "lead_days_max": _("Please choose an earlier arrival or come back later."),
    **dict.fromkeys(("sale_window", "access_code", "channel_closed"), _OTHER_RATE),
    **dict.fromkeys(("stay_window", "plan_lead_time", "plan_nights"), _("Please choose another rate or other dates.")),
    **dict.fromkeys((code for code in _RULES if code.startswith(OF_THE_CODE)), _WITHOUT_CODE),
    "extra_unknown": _("Please choose again without it."),
    "extra_sold_out": _("Please choose fewer of it, or none."),
    "room_taken": _OTHER_ROOM,
    "hold_ended": _("Please search again, or keep the same rooms anew while they are free."),
    "renewed_before": _("Please finish the booking before the time is up."),
    "no_online_payment": _("Please choose another rate or call the hotel."),
    "payment_under_way": _("Please wait a moment."),
    **dict.fromkeys(("provider_away", "locked", "contended"), _AGAIN),
    **dict.fromkeys(("provider_refused", "no_payment_here", "past_nights", "not_changeable"), _ASK),
    **dict.fromkeys(("channel_booking", "transition_refused"), _ASK),
    "not_offered": _("Please choose again."),
    **dict.fromkeys(("changed_meanwhile", "fee_changed", "price_changed"), _LOOK_AGAIN),
}


def rule_said(refusal: Refusal, *, nights: int | None = None) -> str:
    """Return the rule alone, where alternatives stand beside it. `nights`, where they are known, are those of the wish."""
    value = refusal.value if isinstance(refusal.value, int) else 0
    if refusal.code == "plan_nights" and nights and value:
        return _of_a_length(value, nights)
    rule = _RULES[refusal.code]
    if isinstance(rule, tuple):
        rule = rule[0] if refusal.date else rule[1]
    return str(rule % {"day": day_within(refusal.date) if refusal.date else "", "value": value})


def sentence(refusal: Refusal) -> str:
    """Return the rule and what can be had instead, in the active language. Dates are property-local."""
    instead = _INSTEAD.get(refusal.code)
    return f"{rule_said(refusal)} {instead}" if instead else rule_said(refusal)


def sentences(refusals: Sequence[Refusal]) -> tuple[str, ...]:
    """Return each reason once, in the order given, without those in SILENT."""
    return tuple(dict.fromkeys(sentence(refusal) for refusal in refusals if refusal.code not in SILENT))


def said_of(code: str, *, day: date | None = None, value: Any = None) -> str:
    """Return the sentence of a code; one that nobody foresaw asks to try again."""
    if code not in _RULES:
        return gettext("That did not work. Please try again, or call us.")
    return sentence(Refusal(code, "", date=day, value=value if isinstance(value, int | str) else None))


def said(error: DomainError) -> str:
    """Return a refusal that was raised in the guest's words, of the day and the value in its context."""
    if error.code in SAID_WHERE_RAISED:
        return error.message
    return said_of(error.code, day=error.context.get("date"), value=error.context.get("value"))


def is_said(code: str) -> bool:
    """Return whether the code has a sentence for guests."""
    return code in _RULES or code in SAID_WHERE_RAISED


def _of_a_length(value: int, nights: int) -> str:
    if value > nights:
        text = ngettext(
            "Stays here have at least %(value)s night.", "Stays here have at least %(value)s nights.", value
        )
    else:
        text = ngettext("Stays here have at most %(value)s night.", "Stays here have at most %(value)s nights.", value)
    return text % {"value": value}

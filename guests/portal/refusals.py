"""What guests read when something is refused: the services' codes in sentences that are translated."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from pms.kernel.errors import DomainError

_SENTENCES = {
    "arrival_past": gettext_noop("The arrival cannot be in the past."),
    "bad_age": gettext_noop("Give the age on arrival of each child under eighteen."),
    "beyond_horizon": gettext_noop("These dates are not on sale yet."),
    "change_costs": gettext_noop(
        "The time for free changes is over: nights can be added here, but not given up. Please ask the hotel."
    ),
    "changed_meanwhile": gettext_noop("The booking has changed meanwhile. Please look at it once more."),
    "channel_booking": gettext_noop("This booking was made elsewhere and is changed there."),
    "closed": gettext_noop("The hotel does not sell some of these nights."),
    "contended": gettext_noop("Many people are booking right now. Please try again."),
    "document_damaged": gettext_noop("This document cannot be shown. Please ask the hotel for it."),
    "fee_changed": gettext_noop("What cancelling costs has changed meanwhile. Please look at it once more."),
    "locked": gettext_noop("Many people are booking right now. Please try again."),
    "name_missing": gettext_noop("A guest has at least a last name."),
    "no_adult": gettext_noop("At least one adult stays in each room."),
    "no_nights": gettext_noop("The departure must be after the arrival."),
    "no_payment_here": gettext_noop("Nothing can be paid here at the moment. Please ask the hotel."),
    "no_price": gettext_noop("Some of these nights are not on sale."),
    "no_such_document": gettext_noop("There is no such document."),
    "no_such_link": gettext_noop("This link is not valid any more. Ask for a new one with “Find my booking”."),
    "no_such_room": gettext_noop("This booking has no such room."),
    "not_changeable": gettext_noop("This stay cannot be changed any more."),
    "nothing_changes": gettext_noop("Nothing would change."),
    "nothing_to_pay": gettext_noop("Nothing is left to pay here."),
    "party_unpriced": gettext_noop("We cannot price other guests for this stay here. Please ask the hotel."),
    "past_nights": gettext_noop("Nights that have begun cannot be given up here. Please ask the hotel."),
    "price_changed": gettext_noop("The price has changed meanwhile. Please look at it once more."),
    "provider_away": gettext_noop("The payment provider does not answer. Please try again in a moment."),
    "room_taken": gettext_noop("Your room type is sold out for some of these nights."),
    "sold_out": gettext_noop("Your room type is sold out for some of these nights."),
    "text_missing": gettext_noop("Write your question first."),
    "text_too_long": gettext_noop("This text is too long."),
    "too_many_guests": gettext_noop("The room is too small for so many guests."),
    "transition_refused": gettext_noop("This is not possible any more for this stay."),
}


def said(refusal: DomainError) -> str:
    """Return the refusal in the guest's language; one nobody translated as the service said it."""
    sentence = _SENTENCES.get(refusal.code)
    return _(sentence) if sentence else refusal.message

"""English."""

from guests.messaging.enums import Kind
from guests.messaging.wording.shape import Words

LABELS = {
    "booking": "Booking",
    "arrival": "Arrival",
    "departure": "Departure",
    "from_time": "from {time}",
    "until_time": "until {time}",
    "nights": "Nights",
    "room": "Room",
    "guests": "Guests",
    "adults": "Adults",
    "children": "Children",
    "meals": "Meals",
    "room_price": "Price of this room",
    "total": "Total",
    "paid": "Paid",
    "balance": "Still to pay",
    "cancelled": "Cancelled",
    "guest": "Guest",
    "conditions": "Cancellation",
    "calendar": "Stay at {hotel}",
    "paper": "Booking confirmation",
    "test": "Test",
    "RO": "Room only",
    "BB": "Breakfast included",
    "HB": "Half board",
    "FB": "Full board",
    "AI": "All inclusive",
}

TEXTS = {
    Kind.CONFIRMATION: Words(
        "Your booking {{booking}} at {{hotel}} is confirmed",
        """Dear {{guest}},

Thank you for your booking. Everything is confirmed, and we look forward to seeing you on {{arrival}}.

{{stay}}

{{policy}}

On your booking page you can see every detail, pay, change or cancel, and write to us. The link is yours: please do not pass it on.

[Open your booking]({{manage_url}})

You will find us at {{address}}.

The confirmation and an entry for your calendar are attached.""",
    ),
    Kind.MODIFICATION: Words(
        "Your booking {{booking}} at {{hotel}} has changed",
        """Dear {{guest}},

Your booking has been changed. This is how it stands now:

{{stay}}

{{policy}}

If anything is not as you wished, please answer this mail.

[Open your booking]({{manage_url}})

The new confirmation and an entry for your calendar are attached.""",
    ),
    Kind.CANCELLATION: Words(
        "Your booking {{booking}} at {{hotel}} is cancelled",
        """Dear {{guest}},

We have cancelled this for you:

{{stay}}

The cancellation fee by the terms of your booking is {{fee}}.

If a payment is to be returned, you will see it on your booking page.

[Open your booking]({{manage_url}})

We would be glad to welcome you another time.""",
    ),
    Kind.PAYMENT_RECEIVED: Words(
        "We have received your payment of {{amount}}",
        """Dear {{guest}},

Thank you: your payment of {{amount}} for booking {{booking}} at {{hotel}} has arrived.

Still to pay: {{balance}}.

[Open your booking]({{manage_url}})""",
    ),
    Kind.PAYMENT_FAILED: Words(
        "Your payment for booking {{booking}} did not go through",
        """Dear {{guest}},

Your payment of {{amount}} for booking {{booking}} at {{hotel}} did not go through, and no money was taken. This happens when a card has run out or the bank asks for a confirmation.

Please pay on your booking page, with the same card or with another one.

[Pay now]({{manage_url}})""",
    ),
    Kind.PAYMENT_DUE: Words(
        "A payment for booking {{booking}} is due on {{due_on}}",
        """Dear {{guest}},

For your stay at {{hotel}} from {{arrival}} the next payment of {{amount}} is due on {{due_on}}.

[Pay now]({{manage_url}})

If you have paid in the meantime, you need do nothing.""",
    ),
    Kind.PAYMENT_OVERDUE: Words(
        "A payment for booking {{booking}} is overdue",
        """Dear {{guest}},

We are still waiting for {{amount}} for your stay at {{hotel}} from {{arrival}}; it was due on {{due_on}}. Please pay soon, so that we can go on keeping your room.

[Pay now]({{manage_url}})

If you have paid in the meantime, you need do nothing.""",
    ),
    Kind.PRE_ARRIVAL: Words(
        "See you soon at {{hotel}}",
        """Dear {{guest}},

Your stay begins on {{arrival}}. Your room is ready from {{check_in_time}}; on the day you leave it is yours until {{check_out_time}}.

{{stay}}

You will find us at {{address}}.

{{house_rules}}

Will you come late, or is there anything we can prepare for you? Tell us on your booking page, or call {{phone}}.

[Open your booking]({{manage_url}})""",
    ),
    Kind.WELCOME: Words(
        "Welcome to {{hotel}}",
        """Dear {{guest}},

How good that you are here. Your room is {{room_number}}.

It is yours until {{check_out_time}} on {{departure}}. If you need anything, we are at the desk and at {{phone}}.

[Open your booking]({{manage_url}})

Have a wonderful stay.""",
    ),
    Kind.THANKS: Words(
        "Thank you for staying at {{hotel}}",
        """Dear {{guest}},

Thank you for being our guest. We wish you a safe journey.

Your invoices and receipts are on your booking page.

[Open your booking]({{manage_url}})""",
    ),
    Kind.POST_STAY: Words(
        "How was your stay at {{hotel}}?",
        """Dear {{guest}},

We hope you think back to your days at {{hotel}} with pleasure. What did you like, and what should we do better? Please just answer this mail: we read every word.

If you would like to come again, you will always find our best price on our own site.

[Plan another stay]({{site_url}})""",
    ),
    Kind.ABANDONED: Words(
        "Your booking at {{hotel}} is not finished",
        """Dear {{guest}},

You chose a room at {{hotel}} from {{arrival}} to {{departure}}, but did not finish the booking. We could not keep the room, but if it is still free you can go on where you left off.

[Go on with the booking]({{resume_url}})

This is the only reminder we send. If you have made other plans, please forget it.""",
    ),
    Kind.ROOM_LOST: Words(
        "Your payment came too late, and goes back to you",
        """Dear {{guest}},

Your payment for the room at {{hotel}} from {{arrival}} to {{departure}} arrived after the time for which we could keep it, and by then the room was taken. We are sorry.

We are returning {{amount}} in full, the way it was paid; banks need a few days for it. You have no booking and owe nothing.

[Look for another room]({{site_url}})""",
    ),
    Kind.OVERPAID: Words(
        "You paid more than was due: {{amount}} go back to you",
        """Dear {{guest}},

A payment for your stay at {{hotel}} came although it had been paid already, perhaps on two pages at once. We are returning {{amount}}, the way it was paid; banks need a few days for it. Your booking {{booking}} stays as it is.

[See your booking]({{manage_url}})""",
    ),
    Kind.LINK: Words(
        "The link to your booking {{booking}}",
        """Dear {{guest}},

You asked for the link to your booking at {{hotel}} from {{arrival}} to {{departure}}. The link is yours: please do not pass it on.

[Open your booking]({{manage_url}})

If it was not you who asked, you need do nothing.""",
    ),
    Kind.QUESTION_RECEIVED: Words(
        "We have your question about booking {{booking}}",
        """Dear {{guest}},

Thank you for writing. We have your question and will answer it soon:

{{question}}

[Open your booking]({{manage_url}})""",
    ),
    Kind.STAFF_BOOKING: Words(
        "New booking {{booking}}: {{guest}}, {{arrival}}",
        """A new booking came in through the website.

{{guest}}, {{guest_email}}

{{stay}}

Request: {{requests}}

[Open at the desk]({{desk_url}})""",
    ),
    Kind.STAFF_CANCELLATION: Words(
        "Cancelled by the guest: {{booking}}, {{guest}}",
        """{{guest}} has cancelled through the booking page.

{{stay}}

Fee by the terms sold: {{fee}}.

[Open at the desk]({{desk_url}})""",
    ),
    Kind.STAFF_QUESTION: Words(
        "Question from {{guest}} about {{booking}}",
        """{{guest}} asks about booking {{booking}}, arriving {{arrival}}:

{{question}}

Answer this mail to write to the guest, then mark the question as answered at the desk.

[Open at the desk]({{desk_url}})""",
    ),
    Kind.STAFF_ROOM_LOST: Words(
        "Paid too late, room gone: {{booking}}, {{guest}}",
        """A payment of {{amount}} for booking {{booking}} arrived after the option had run out, and no room was left. The money is being returned, and the guest has been told.

{{guest}}, {{guest_email}}, {{arrival}} to {{departure}}

[Open at the desk]({{desk_url}})""",
    ),
    Kind.STAFF_OVERPAID: Words(
        "Paid too much: {{booking}}, {{guest}}",
        """The guest of booking {{booking}} has paid {{amount}} more than the stay costs.

Returned by itself: {{returned}}. The guest has been told; what is not returned stands on the folio as credit.

{{guest}}, {{guest_email}}, {{arrival}} to {{departure}}

[Open at the desk]({{desk_url}})""",
    ),
    Kind.STAFF_PAYMENT_FAILED: Words(
        "A payment failed: {{booking}}, {{guest}}",
        """A payment of {{amount}} for booking {{booking}} failed. The guest has been asked to pay another way.

Reason: {{reason}}

{{guest}}, arriving {{arrival}}

[Open at the desk]({{desk_url}})""",
    ),
    Kind.STAFF_REFUND_LEFT: Words(
        "Money to give back by hand: {{booking}}, {{guest}}",
        """{{amount}} of what was paid for booking {{booking}} did not go back by itself and has to be given back by hand.

Reason: {{reason}}

{{guest}}, {{guest_email}}, {{arrival}} to {{departure}}

[Open at the desk]({{desk_url}})""",
    ),
}

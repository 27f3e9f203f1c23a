"""German."""

from guests.messaging.enums import Kind
from guests.messaging.wording.shape import Words

LABELS = {
    "booking": "Buchung",
    "arrival": "Anreise",
    "departure": "Abreise",
    "from_time": "ab {time} Uhr",
    "until_time": "bis {time} Uhr",
    "nights": "Nächte",
    "room": "Zimmer",
    "guests": "Gäste",
    "adults": "Erwachsene",
    "children": "Kinder",
    "meals": "Verpflegung",
    "room_price": "Preis dieses Zimmers",
    "total": "Gesamtpreis",
    "paid": "Bezahlt",
    "balance": "Noch zu zahlen",
    "cancelled": "Storniert",
    "guest": "Gast",
    "conditions": "Stornierung",
    "calendar": "Aufenthalt: {hotel}",
    "paper": "Buchungsbestätigung",
    "test": "Probe",
    "RO": "Ohne Verpflegung",
    "BB": "Mit Frühstück",
    "HB": "Halbpension",
    "FB": "Vollpension",
    "AI": "Alles inklusive",
}

TEXTS = {
    Kind.CONFIRMATION: Words(
        "Ihre Buchung {{booking}} ist bestätigt – {{hotel}}",
        """Guten Tag {{guest}},

vielen Dank für Ihre Buchung. Alles ist bestätigt, und wir freuen uns auf Sie. Ihr Anreisetag: {{arrival}}.

{{stay}}

{{policy}}

Auf Ihrer Buchungsseite sehen Sie alle Einzelheiten, können bezahlen, ändern oder stornieren und uns schreiben. Der Link ist nur für Sie bestimmt: Bitte geben Sie ihn nicht weiter.

[Buchung öffnen]({{manage_url}})

Sie finden uns hier: {{address}}.

Die Bestätigung und ein Eintrag für Ihren Kalender liegen bei.""",
    ),
    Kind.MODIFICATION: Words(
        "Ihre Buchung {{booking}} wurde geändert – {{hotel}}",
        """Guten Tag {{guest}},

Ihre Buchung wurde geändert. So sieht sie jetzt aus:

{{stay}}

{{policy}}

Falls etwas nicht Ihren Wünschen entspricht, antworten Sie bitte einfach auf diese Nachricht.

[Buchung öffnen]({{manage_url}})

Die neue Bestätigung und ein Eintrag für Ihren Kalender liegen bei.""",
    ),
    Kind.CANCELLATION: Words(
        "Ihre Buchung {{booking}} ist storniert – {{hotel}}",
        """Guten Tag {{guest}},

wir haben für Sie storniert:

{{stay}}

Nach den Bedingungen Ihrer Buchung fällt eine Stornogebühr an: {{fee}}.

Falls Ihnen Geld zurückzuzahlen ist, sehen Sie das auf Ihrer Buchungsseite.

[Buchung öffnen]({{manage_url}})

Wir würden uns freuen, Sie ein andermal begrüßen zu dürfen.""",
    ),
    Kind.PAYMENT_RECEIVED: Words(
        "Ihre Zahlung ist eingegangen: {{amount}}",
        """Guten Tag {{guest}},

vielen Dank: Ihre Zahlung von {{amount}} zur Buchung {{booking}} ist eingegangen – {{hotel}}.

Noch zu zahlen: {{balance}}.

[Buchung öffnen]({{manage_url}})""",
    ),
    Kind.PAYMENT_FAILED: Words(
        "Ihre Zahlung zur Buchung {{booking}} ist fehlgeschlagen",
        """Guten Tag {{guest}},

Ihre Zahlung von {{amount}} zur Buchung {{booking}} ist fehlgeschlagen – {{hotel}}. Es wurde nichts abgebucht. Das kommt vor, wenn eine Karte abgelaufen ist oder die Bank eine Bestätigung verlangt.

Bitte bezahlen Sie auf Ihrer Buchungsseite, mit derselben oder einer anderen Karte.

[Jetzt bezahlen]({{manage_url}})""",
    ),
    Kind.PAYMENT_DUE: Words(
        "Zahlung zur Buchung {{booking}} fällig: {{due_on}}",
        """Guten Tag {{guest}},

für Ihren Aufenthalt ist bald die nächste Zahlung fällig – {{hotel}}, Anreise: {{arrival}}. Betrag: {{amount}}, fällig: {{due_on}}.

[Jetzt bezahlen]({{manage_url}})

Falls Sie inzwischen bezahlt haben, brauchen Sie nichts zu tun.""",
    ),
    Kind.PAYMENT_OVERDUE: Words(
        "Zahlung zur Buchung {{booking}} überfällig",
        """Guten Tag {{guest}},

für Ihren Aufenthalt steht noch eine Zahlung aus – {{hotel}}, Anreise: {{arrival}}. Betrag: {{amount}}, fällig war er: {{due_on}}. Bitte bezahlen Sie bald, damit wir Ihr Zimmer weiter für Sie freihalten können.

[Jetzt bezahlen]({{manage_url}})

Falls Sie inzwischen bezahlt haben, brauchen Sie nichts zu tun.""",
    ),
    Kind.PRE_ARRIVAL: Words(
        "Bis bald – {{hotel}}",
        """Guten Tag {{guest}},

Ihr Aufenthalt beginnt bald. Ihr Anreisetag: {{arrival}}. Das Zimmer steht ab {{check_in_time}} Uhr für Sie bereit; am Abreisetag gehört es Ihnen bis {{check_out_time}} Uhr.

{{stay}}

Sie finden uns hier: {{address}}.

{{house_rules}}

Kommen Sie spät an, oder dürfen wir etwas für Sie vorbereiten? Schreiben Sie uns auf Ihrer Buchungsseite, oder rufen Sie an: {{phone}}.

[Buchung öffnen]({{manage_url}})""",
    ),
    Kind.WELCOME: Words(
        "Herzlich willkommen – {{hotel}}",
        """Guten Tag {{guest}},

schön, dass Sie da sind. Ihr Zimmer: {{room_number}}.

Es gehört Ihnen bis {{check_out_time}} Uhr am Abreisetag: {{departure}}. Wenn Sie etwas brauchen, sind wir an der Rezeption und telefonisch für Sie da: {{phone}}.

[Buchung öffnen]({{manage_url}})

Wir wünschen Ihnen einen wunderbaren Aufenthalt.""",
    ),
    Kind.THANKS: Words(
        "Vielen Dank für Ihren Besuch – {{hotel}}",
        """Guten Tag {{guest}},

vielen Dank, dass Sie unser Gast waren. Wir wünschen Ihnen eine gute Reise.

Ihre Rechnungen und Belege finden Sie auf Ihrer Buchungsseite.

[Buchung öffnen]({{manage_url}})""",
    ),
    Kind.POST_STAY: Words(
        "Wie war Ihr Aufenthalt? – {{hotel}}",
        """Guten Tag {{guest}},

wir hoffen, dass Sie gern an die Tage bei uns zurückdenken. Was hat Ihnen gefallen, und was sollten wir besser machen? Antworten Sie einfach auf diese Nachricht: Wir lesen jedes Wort.

Wenn Sie wiederkommen möchten, finden Sie unseren besten Preis immer auf unserer eigenen Seite.

[Nächsten Aufenthalt planen]({{site_url}})""",
    ),
    Kind.ABANDONED: Words(
        "Ihre Buchung ist noch nicht abgeschlossen – {{hotel}}",
        """Guten Tag {{guest}},

Sie haben ein Zimmer ausgewählt, die Buchung aber nicht abgeschlossen – {{hotel}}, Anreise: {{arrival}}, Abreise: {{departure}}. Freihalten konnten wir das Zimmer nicht länger; ist es noch verfügbar, machen Sie einfach dort weiter, wo Sie aufgehört haben.

[Buchung fortsetzen]({{resume_url}})

Das ist unsere einzige Erinnerung. Falls Sie andere Pläne haben, ist sie für Sie erledigt.""",
    ),
    Kind.ROOM_LOST: Words(
        "Ihre Zahlung kam zu spät und geht an Sie zurück",
        """Guten Tag {{guest}},

Ihre Zahlung kam an, als die Frist schon abgelaufen war, in der wir das Zimmer für Sie freihalten konnten; da war es bereits vergeben – {{hotel}}, Anreise: {{arrival}}, Abreise: {{departure}}. Das tut uns leid.

Wir zahlen Ihnen den vollen Betrag auf demselben Weg zurück: {{amount}}. Die Banken brauchen dafür einige Tage. Sie haben keine Buchung und schulden uns nichts.

[Ein anderes Zimmer suchen]({{site_url}})""",
    ),
    Kind.OVERPAID: Words(
        "Sie haben mehr bezahlt als nötig: {{amount}} gehen an Sie zurück",
        """Guten Tag {{guest}},

für Ihren Aufenthalt im {{hotel}} kam eine Zahlung an, obwohl er schon bezahlt war – vielleicht auf zwei Seiten zugleich. Wir zahlen Ihnen den zu viel bezahlten Betrag auf demselben Weg zurück: {{amount}}. Die Banken brauchen dafür einige Tage. An Ihrer Buchung {{booking}} ändert sich nichts.

[Buchung ansehen]({{manage_url}})""",
    ),
    Kind.LINK: Words(
        "Der Link zu Ihrer Buchung {{booking}}",
        """Guten Tag {{guest}},

Sie haben den Link zu Ihrer Buchung angefordert – {{hotel}}, Anreise: {{arrival}}, Abreise: {{departure}}. Er ist nur für Sie bestimmt: Bitte geben Sie ihn nicht weiter.

[Buchung öffnen]({{manage_url}})

Falls Sie das nicht waren, brauchen Sie nichts zu tun.""",
    ),
    Kind.QUESTION_RECEIVED: Words(
        "Ihre Frage zur Buchung {{booking}} ist angekommen",
        """Guten Tag {{guest}},

danke für Ihre Nachricht. Wir haben Ihre Frage erhalten und antworten bald:

{{question}}

[Buchung öffnen]({{manage_url}})""",
    ),
    Kind.STAFF_BOOKING: Words(
        "Neue Buchung {{booking}}: {{guest}}, {{arrival}}",
        """Über die Website ist eine neue Buchung eingegangen.

{{guest}}, {{guest_email}}

{{stay}}

Wunsch: {{requests}}

[An der Rezeption öffnen]({{desk_url}})""",
    ),
    Kind.STAFF_CANCELLATION: Words(
        "Vom Gast storniert: {{booking}}, {{guest}}",
        """{{guest}} hat über die Buchungsseite storniert.

{{stay}}

Gebühr nach den verkauften Bedingungen: {{fee}}.

[An der Rezeption öffnen]({{desk_url}})""",
    ),
    Kind.STAFF_QUESTION: Words(
        "Frage von {{guest}} zur Buchung {{booking}}",
        """{{guest}} fragt zur Buchung {{booking}}, Anreise: {{arrival}}.

{{question}}

Antworten Sie auf diese Nachricht, um dem Gast zu schreiben, und haken Sie die Frage dann an der Rezeption ab.

[An der Rezeption öffnen]({{desk_url}})""",
    ),
    Kind.STAFF_ROOM_LOST: Words(
        "Zu spät bezahlt, Zimmer vergeben: {{booking}}, {{guest}}",
        """Eine Zahlung von {{amount}} zur Buchung {{booking}} kam nach Ablauf der Option an, und es war kein Zimmer mehr frei. Das Geld wird zurückgezahlt, der Gast ist benachrichtigt.

{{guest}}, {{guest_email}}, Anreise: {{arrival}}, Abreise: {{departure}}

[An der Rezeption öffnen]({{desk_url}})""",
    ),
    Kind.STAFF_OVERPAID: Words(
        "Zu viel bezahlt: {{booking}}, {{guest}}",
        """Der Gast der Buchung {{booking}} hat {{amount}} mehr bezahlt, als der Aufenthalt kostet.

Von selbst zurückgezahlt: {{returned}}. Der Gast ist benachrichtigt; was nicht zurückgeht, steht als Guthaben auf dem Folio.

{{guest}}, {{guest_email}}, Anreise: {{arrival}}, Abreise: {{departure}}

[An der Rezeption öffnen]({{desk_url}})""",
    ),
    Kind.STAFF_PAYMENT_FAILED: Words(
        "Zahlung fehlgeschlagen: {{booking}}, {{guest}}",
        """Eine Zahlung von {{amount}} zur Buchung {{booking}} ist fehlgeschlagen. Der Gast wurde gebeten, auf andere Weise zu bezahlen.

Grund: {{reason}}

{{guest}}, Anreise: {{arrival}}

[An der Rezeption öffnen]({{desk_url}})""",
    ),
    Kind.STAFF_REFUND_LEFT: Words(
        "Von Hand zurückzuzahlen: {{booking}}, {{guest}}",
        """{{amount}} von dem, was für die Buchung {{booking}} bezahlt wurde, sind nicht von selbst zurückgegangen und müssen von Hand zurückgezahlt werden.

Grund: {{reason}}

{{guest}}, {{guest_email}}, Anreise: {{arrival}}, Abreise: {{departure}}

[An der Rezeption öffnen]({{desk_url}})""",
    ),
}

"""Lithuanian."""

from guests.messaging.enums import Kind
from guests.messaging.wording.shape import Words

LABELS = {
    "booking": "Užsakymas",
    "arrival": "Atvykimas",
    "departure": "Išvykimas",
    "from_time": "nuo {time}",
    "until_time": "iki {time}",
    "nights": "Naktys",
    "room": "Kambarys",
    "guests": "Svečiai",
    "adults": "Suaugusieji",
    "children": "Vaikai",
    "meals": "Maitinimas",
    "room_price": "Šio kambario kaina",
    "total": "Iš viso",
    "paid": "Sumokėta",
    "balance": "Liko mokėti",
    "cancelled": "Atšaukta",
    "guest": "Svečias",
    "conditions": "Atšaukimo sąlygos",
    "calendar": "Viešnagė: {hotel}",
    "paper": "Užsakymo patvirtinimas",
    "test": "Bandymas",
    "RO": "Be maitinimo",
    "BB": "Su pusryčiais",
    "HB": "Pusryčiai ir vakarienė",
    "FB": "Pusryčiai, pietūs ir vakarienė",
    "AI": "Viskas įskaičiuota",
}

TEXTS = {
    Kind.CONFIRMATION: Words(
        "Jūsų užsakymas {{booking}} patvirtintas – {{hotel}}",
        """Sveiki, {{guest}},

dėkojame už užsakymą. Viskas patvirtinta, laukiame Jūsų. Atvykimo diena: {{arrival}}.

{{stay}}

{{policy}}

Savo užsakymo puslapyje matysite visą informaciją, galėsite sumokėti, pakeisti ar atšaukti užsakymą ir mums parašyti. Nuoroda skirta tik Jums, todėl prašome jos neperduoti kitiems.

[Atverti užsakymą]({{manage_url}})

Mūsų adresas: {{address}}.

Prie laiško pridėtas patvirtinimas ir įrašas Jūsų kalendoriui.""",
    ),
    Kind.MODIFICATION: Words(
        "Jūsų užsakymas {{booking}} pakeistas – {{hotel}}",
        """Sveiki, {{guest}},

Jūsų užsakymas pakeistas. Dabar jis atrodo taip:

{{stay}}

{{policy}}

Jei kas nors ne taip, kaip norėjote, tiesiog atsakykite į šį laišką.

[Atverti užsakymą]({{manage_url}})

Prie laiško pridėtas naujas patvirtinimas ir įrašas Jūsų kalendoriui.""",
    ),
    Kind.CANCELLATION: Words(
        "Jūsų užsakymas {{booking}} atšauktas – {{hotel}}",
        """Sveiki, {{guest}},

Jūsų užsakymas atšauktas:

{{stay}}

Pagal užsakymo sąlygas taikomas atšaukimo mokestis: {{fee}}.

Jei Jums priklauso grąžintina suma, ją matysite savo užsakymo puslapyje.

[Atverti užsakymą]({{manage_url}})

Mielai lauksime Jūsų kitą kartą.""",
    ),
    Kind.PAYMENT_RECEIVED: Words(
        "Gavome Jūsų mokėjimą: {{amount}}",
        """Sveiki, {{guest}},

dėkojame, gavome Jūsų mokėjimą. Suma: {{amount}}, užsakymas {{booking}}, {{hotel}}.

Liko sumokėti: {{balance}}.

[Atverti užsakymą]({{manage_url}})""",
    ),
    Kind.PAYMENT_FAILED: Words(
        "Nepavyko atlikti mokėjimo už užsakymą {{booking}}",
        """Sveiki, {{guest}},

nepavyko atlikti mokėjimo už užsakymą {{booking}}, {{hotel}}. Suma: {{amount}}. Pinigai nenuskaityti. Taip nutinka, kai baigiasi kortelės galiojimas arba bankas prašo patvirtinti mokėjimą.

Prašome sumokėti savo užsakymo puslapyje ta pačia arba kita kortele.

[Sumokėti dabar]({{manage_url}})""",
    ),
    Kind.PAYMENT_DUE: Words(
        "Artėja mokėjimo už užsakymą {{booking}} diena: {{due_on}}",
        """Sveiki, {{guest}},

artėja kito mokėjimo už Jūsų viešnagę diena. {{hotel}}, atvykimas: {{arrival}}. Mokėtina suma: {{amount}}, sumokėti iki: {{due_on}}.

[Sumokėti dabar]({{manage_url}})

Jei jau sumokėjote, nieko daryti nereikia.""",
    ),
    Kind.PAYMENT_OVERDUE: Words(
        "Vėluoja mokėjimas už užsakymą {{booking}}",
        """Sveiki, {{guest}},

vis dar laukiame Jūsų mokėjimo už viešnagę. {{hotel}}, atvykimas: {{arrival}}. Mokėtina suma: {{amount}}, terminas buvo: {{due_on}}. Prašome sumokėti kuo greičiau, kad galėtume ir toliau saugoti Jums kambarį.

[Sumokėti dabar]({{manage_url}})

Jei jau sumokėjote, nieko daryti nereikia.""",
    ),
    Kind.PRE_ARRIVAL: Words(
        "Iki greito pasimatymo – {{hotel}}",
        """Sveiki, {{guest}},

netrukus prasidės Jūsų viešnagė. Atvykimo diena: {{arrival}}. Kambarys bus paruoštas nuo {{check_in_time}}, o išvykimo dieną jis Jūsų iki {{check_out_time}}.

{{stay}}

Mūsų adresas: {{address}}.

{{house_rules}}

Atvyksite vėlai ar norėtumėte, kad ką nors paruoštume? Parašykite savo užsakymo puslapyje arba paskambinkite {{phone}}.

[Atverti užsakymą]({{manage_url}})""",
    ),
    Kind.WELCOME: Words(
        "Sveiki atvykę – {{hotel}}",
        """Sveiki, {{guest}},

džiaugiamės, kad atvykote. Jūsų kambarys: {{room_number}}.

Jis Jūsų iki {{check_out_time}}, išvykimo diena: {{departure}}. Jei ko nors prireiks, esame registratūroje ir pasiekiami telefonu {{phone}}.

[Atverti užsakymą]({{manage_url}})

Linkime puikios viešnagės.""",
    ),
    Kind.THANKS: Words(
        "Dėkojame, kad viešėjote – {{hotel}}",
        """Sveiki, {{guest}},

dėkojame, kad buvote mūsų svečias. Linkime gero kelio.

Sąskaitas ir kvitus rasite savo užsakymo puslapyje.

[Atverti užsakymą]({{manage_url}})""",
    ),
    Kind.POST_STAY: Words(
        "Kaip praėjo Jūsų viešnagė? – {{hotel}}",
        """Sveiki, {{guest}},

tikimės, kad maloniai prisimenate pas mus praleistas dienas. Kas patiko, o ką turėtume daryti geriau? Tiesiog atsakykite į šį laišką: perskaitome kiekvieną žodį.

Jei norėtumėte sugrįžti, geriausią kainą visada rasite mūsų svetainėje.

[Planuoti kitą viešnagę]({{site_url}})""",
    ),
    Kind.ABANDONED: Words(
        "Jūsų užsakymas nebaigtas – {{hotel}}",
        """Sveiki, {{guest}},

pasirinkote kambarį, bet užsakymo nebaigėte. {{hotel}}, atvykimas: {{arrival}}, išvykimas: {{departure}}. Kambario išsaugoti negalėjome, bet jei jis dar laisvas, galite tęsti nuo tos vietos, kurioje sustojote.

[Tęsti užsakymą]({{resume_url}})

Tai vienintelis mūsų priminimas. Jei Jūsų planai pasikeitė, į jį nekreipkite dėmesio.""",
    ),
    Kind.ROOM_LOST: Words(
        "Jūsų mokėjimas gautas per vėlai, pinigus grąžiname",
        """Sveiki, {{guest}},

Jūsų mokėjimą gavome pasibaigus laikui, kurį galėjome saugoti kambarį, ir kambarys jau buvo užimtas. {{hotel}}, atvykimas: {{arrival}}, išvykimas: {{departure}}. Labai apgailestaujame.

Grąžiname visą sumą tuo pačiu būdu, kuriuo mokėjote: {{amount}}. Bankams prireiks kelių dienų. Užsakymo neturite ir nieko nesate skolingi.

[Ieškoti kito kambario]({{site_url}})""",
    ),
    Kind.OVERPAID: Words(
        "Sumokėjote daugiau, nei reikėjo, permoką grąžiname: {{amount}}",
        """Sveiki, {{guest}},

Gavome mokėjimą už Jūsų viešnagę ({{hotel}}), nors ji jau buvo apmokėta: galbūt mokėjote dviejuose puslapiuose iš karto. Permoką grąžiname tuo pačiu būdu, kuriuo mokėjote: {{amount}}. Bankams prireiks kelių dienų. Užsakymas {{booking}} nesikeičia.

[Peržiūrėti užsakymą]({{manage_url}})""",
    ),
    Kind.LINK: Words(
        "Nuoroda į Jūsų užsakymą {{booking}}",
        """Sveiki, {{guest}},

prašėte nuorodos į savo užsakymą. {{hotel}}, atvykimas: {{arrival}}, išvykimas: {{departure}}. Nuoroda skirta tik Jums, todėl prašome jos neperduoti kitiems.

[Atverti užsakymą]({{manage_url}})

Jei prašėte ne Jūs, nieko daryti nereikia.""",
    ),
    Kind.QUESTION_RECEIVED: Words(
        "Gavome Jūsų klausimą apie užsakymą {{booking}}",
        """Sveiki, {{guest}},

dėkojame, kad parašėte. Gavome Jūsų klausimą ir netrukus atsakysime:

{{question}}

[Atverti užsakymą]({{manage_url}})""",
    ),
    Kind.STAFF_BOOKING: Words(
        "Naujas užsakymas {{booking}}: {{guest}}, {{arrival}}",
        """Svetainėje gautas naujas užsakymas.

{{guest}}, {{guest_email}}

{{stay}}

Pageidavimas: {{requests}}

[Atverti registratūroje]({{desk_url}})""",
    ),
    Kind.STAFF_CANCELLATION: Words(
        "Svečias atšaukė užsakymą {{booking}}: {{guest}}",
        """{{guest}} atšaukė užsakymą savo užsakymo puslapyje.

{{stay}}

Mokestis pagal pardavimo sąlygas: {{fee}}.

[Atverti registratūroje]({{desk_url}})""",
    ),
    Kind.STAFF_QUESTION: Words(
        "Klausimas apie užsakymą {{booking}}: {{guest}}",
        """{{guest}} klausia apie užsakymą {{booking}}, atvykimas: {{arrival}}.

{{question}}

Atsakykite į šį laišką, ir atsakymas pasieks svečią, o tada registratūroje pažymėkite, kad į klausimą atsakyta.

[Atverti registratūroje]({{desk_url}})""",
    ),
    Kind.STAFF_ROOM_LOST: Words(
        "Sumokėta per vėlai, kambario nebėra: {{booking}}, {{guest}}",
        """Mokėjimas už užsakymą {{booking}} gautas pasibaigus rezervavimo laikui, o laisvų kambarių nebeliko. Suma: {{amount}}. Pinigai grąžinami, svečiui pranešta.

{{guest}}, {{guest_email}}, atvykimas: {{arrival}}, išvykimas: {{departure}}

[Atverti registratūroje]({{desk_url}})""",
    ),
    Kind.STAFF_OVERPAID: Words(
        "Permoka: {{booking}}, {{guest}}",
        """Svečias už užsakymą {{booking}} sumokėjo daugiau, nei kainuoja viešnagė. Permoka: {{amount}}.

Savaime grąžinama: {{returned}}. Svečiui pranešta; kas negrąžinama, lieka sąskaitoje kaip avansas.

{{guest}}, {{guest_email}}, atvykimas: {{arrival}}, išvykimas: {{departure}}

[Atverti registratūroje]({{desk_url}})""",
    ),
    Kind.STAFF_PAYMENT_FAILED: Words(
        "Nepavyko mokėjimas: {{booking}}, {{guest}}",
        """Nepavyko mokėjimas už užsakymą {{booking}}. Suma: {{amount}}. Svečio paprašyta sumokėti kitu būdu.

Priežastis: {{reason}}

{{guest}}, atvykimas: {{arrival}}

[Atverti registratūroje]({{desk_url}})""",
    ),
    Kind.STAFF_REFUND_LEFT: Words(
        "Pinigai, kuriuos reikia grąžinti rankomis: {{booking}}, {{guest}}",
        """Už užsakymą {{booking}} sumokėti pinigai savaime negrįžo, juos reikia grąžinti rankomis. Suma: {{amount}}.

Priežastis: {{reason}}

{{guest}}, {{guest_email}}, atvykimas: {{arrival}}, išvykimas: {{departure}}

[Atverti registratūroje]({{desk_url}})""",
    ),
}

"""What the demo's houses say to guests, in English, Lithuanian and German, and where they stand."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.db import transaction

from bookings.rates.models import Extra, RatePlan
from pms.kernel.actors import Actor
from pms.properties.models import Property, RoomType
from pms.properties.services import property_save, room_type_save

Texts = dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Words:
    """A house's words; latitude and longitude in degrees (WGS 84)."""

    headline: str
    description: str
    latitude: Decimal
    longitude: Decimal
    texts: Texts


HOUSES: Final = {
    "LIS": Words(
        "Over the roofs of Lisbon, a short walk from the river",
        "A bright city hotel between the old streets and the Tagus. Breakfast is served by tall windows, and the top "
        "floor looks over the roofs to the water.",
        Decimal("38.70810"),
        Decimal("-9.14790"),
        {
            "lt": {
                "headline": "Virš Lisabonos stogų, netoli upės",
                "description": "Šviesus miesto viešbutis tarp senųjų gatvių ir Težo upės. Pusryčiai laukia prie aukštų "
                "langų, o iš viršutinio aukšto matyti stogai ir vanduo.",
            },
            "de": {
                "headline": "Über den Dächern von Lissabon, nah am Fluss",
                "description": "Ein helles Stadthotel zwischen alten Gassen und dem Tejo. Das Frühstück steht an hohen "
                "Fenstern bereit, und von ganz oben blickt man über die Dächer aufs Wasser.",
            },
        },
    ),
    "ALG": Words(
        "Gardens, pools and the sea of the Algarve",
        "A resort in its own gardens above the cliffs, with pools for swimmers and for children, rooms to the sea, and "
        "villas with a kitchen and a terrace.",
        Decimal("37.09680"),
        Decimal("-8.46850"),
        {
            "lt": {
                "headline": "Sodai, baseinai ir Algarvės jūra",
                "description": "Kurortas nuosavuose soduose virš uolų: baseinai suaugusiesiems ir vaikams, kambariai su "
                "vaizdu į jūrą, vilos su virtuve ir terasa.",
            },
            "de": {
                "headline": "Gärten, Pools und das Meer der Algarve",
                "description": "Eine Ferienanlage in eigenen Gärten über den Klippen, mit Pools für Schwimmer und für "
                "Kinder, Zimmern zum Meer und Villen mit Küche und Terrasse.",
            },
        },
    ),
    "VILNIUS": Words(
        "Apartments in three old houses of Vilnius",
        "Twelve apartments in Užupis and the old town, each with its own kitchen. You come in by a code, at any hour.",
        Decimal("54.68080"),
        Decimal("25.29550"),
        {
            "lt": {
                "headline": "Apartamentai trijuose senuose Vilniaus namuose",
                "description": "Dvylika apartamentų Užupyje ir senamiestyje, kiekvienas su virtuve. Įeisite su kodu, bet "
                "kurią valandą.",
            },
            "de": {
                "headline": "Apartments in drei alten Häusern von Vilnius",
                "description": "Zwölf Apartments in Užupis und in der Altstadt, jedes mit eigener Küche. Sie kommen mit "
                "einem Code herein, zu jeder Stunde.",
            },
        },
    ),
}
#: English name, then Lithuanian and German.
NAMES: Final = {
    "Classic double": ("Klasikinis dvivietis", "Klassisches Doppelzimmer"),
    "Classic twin": ("Klasikinis su dviem lovomis", "Klassisches Zweibettzimmer"),
    "Superior double, city view": (
        "Aukštesnės klasės dvivietis, vaizdas į miestą",
        "Superior-Doppelzimmer, Stadtblick",
    ),
    "Superior twin, city view": (
        "Aukštesnės klasės su dviem lovomis, vaizdas į miestą",
        "Superior-Zweibettzimmer, Stadtblick",
    ),
    "Single, courtyard": ("Vienvietis, į kiemą", "Einzelzimmer zum Hof"),
    "Triple": ("Trivietis", "Dreibettzimmer"),
    "Family room": ("Šeimos kambarys", "Familienzimmer"),
    "Junior suite": ("Pusiau liukso kambarys", "Juniorsuite"),
    "Suite with terrace": ("Liuksas su terasa", "Suite mit Terrasse"),
    "Garden double": ("Dvivietis sode", "Doppelzimmer zum Garten"),
    "Garden twin": ("Su dviem lovomis, sode", "Zweibettzimmer zum Garten"),
    "Pool view double": ("Dvivietis, vaizdas į baseinus", "Doppelzimmer mit Poolblick"),
    "Sea view double": ("Dvivietis, vaizdas į jūrą", "Doppelzimmer mit Meerblick"),
    "Sea view twin": ("Su dviem lovomis, vaizdas į jūrą", "Zweibettzimmer mit Meerblick"),
    "Junior suite, sea view": ("Pusiau liuksas, vaizdas į jūrą", "Juniorsuite mit Meerblick"),
    "One-bedroom villa": ("Vieno miegamojo vila", "Villa mit einem Schlafzimmer"),
    "Two-bedroom villa": ("Dviejų miegamųjų vila", "Villa mit zwei Schlafzimmern"),
    "Studio": ("Studija", "Studio"),
    "One-bedroom apartment": ("Vieno miegamojo apartamentai", "Apartment mit einem Schlafzimmer"),
    "Two-bedroom apartment": ("Dviejų miegamųjų apartamentai", "Apartment mit zwei Schlafzimmern"),
    "Whole house": ("Visas namas", "Ganzes Haus"),
    "Bed and breakfast, flexible": ("Su pusryčiais, lanksti kaina", "Mit Frühstück, flexibel"),
    "Bed and breakfast, non-refundable": ("Su pusryčiais, negrąžinama", "Mit Frühstück, nicht erstattbar"),
    "Room only, flexible": ("Be maitinimo, lanksti kaina", "Nur Übernachtung, flexibel"),
    "Half board, flexible": ("Pusryčiai ir vakarienė, lanksti kaina", "Halbpension, flexibel"),
    "Corporate, bed and breakfast": ("Įmonėms, su pusryčiais", "Firmenpreis mit Frühstück"),
    "Early bird, bed and breakfast": ("Iš anksto, su pusryčiais", "Frühbucher mit Frühstück"),
    "Last minute, bed and breakfast": ("Paskutinę minutę, su pusryčiais", "Kurzentschlossen, mit Frühstück"),
    "Three nights with dinner and spa": ("Trys naktys su vakariene ir SPA", "Drei Nächte mit Abendessen und Spa"),
    "Flexible": ("Lanksti kaina", "Flexibel"),
    "Non-refundable": ("Negrąžinama", "Nicht erstattbar"),
    "A week or longer": ("Savaitei ar ilgiau", "Eine Woche oder länger"),
    "Breakfast": ("Pusryčiai", "Frühstück"),
    "Parking in the house": ("Stovėjimo vieta viešbutyje", "Parkplatz im Haus"),
    "Shaded parking": ("Stovėjimo vieta pavėsyje", "Schattiger Parkplatz"),
    "Courtyard parking": ("Stovėjimo vieta kieme", "Parkplatz im Hof"),
    "Airport transfer": ("Kelionė iš oro uosto", "Flughafentransfer"),
    "Late check-out until 16:00": ("Vėlyvas išvykimas iki 16:00", "Späte Abreise bis 16:00"),
    "Late check-out until 15:00": ("Vėlyvas išvykimas iki 15:00", "Späte Abreise bis 15:00"),
    "Baby cot": ("Kūdikio lovelė", "Babybett"),
}


@transaction.atomic
def texts_write(*, property: Property, actor: Actor) -> None:
    """Write a demo house's words and place, and the names of what it sells, where nobody wrote any yet."""
    words = HOUSES.get(property.code)
    if words and not property.headline:
        property.headline, property.description = words.headline, words.description
        property.latitude, property.longitude, property.texts = words.latitude, words.longitude, words.texts
        property_save(property=property, actor=actor)
    for kind in RoomType.objects.filter(property=property, texts={}, name__in=NAMES):
        kind.texts = named(kind.name)
        room_type_save(room_type=kind, actor=actor)
    for model in (RatePlan, Extra):
        for row in model.objects.filter(property=property, texts={}, name__in=NAMES):
            model.objects.filter(pk=row.pk).update(texts=named(row.name))


def named(name: str) -> Texts:
    """Return the Lithuanian and German of an English name."""
    lithuanian, german = NAMES[name]
    return {"lt": {"name": lithuanian}, "de": {"name": german}}

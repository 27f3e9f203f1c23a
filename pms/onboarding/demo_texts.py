"""What the demo's houses say to guests, in English, Lithuanian and German, and where they stand."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db import transaction

from billing.taxes.models import Fee, Tax
from bookings.rates.models import Extra, RatePlan
from pms.branding.models import Brand
from pms.branding.services import brand_save
from pms.kernel.actors import Actor
from pms.kernel.wording import said
from pms.properties.models import Amenity, Photo, Property, RoomType
from pms.properties.services import property_save, room_type_save

from .demo_words import AMENITIES, BESIDES, BRANDS, IN_HOUSE, IN_ROOMS, SENTENCES

Texts = dict[str, dict[str, str]]
#: The languages besides English, as the words stand in NAMES and SENTENCES.
LANGUAGES: Final = ("lt", "de")


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
    "Final cleaning": ("Galutinis valymas", "Endreinigung"),
    "Tourist tax": ("Turisto mokestis", "Tourismusabgabe"),
    "Tourist fee": ("Pagalvės mokestis", "Tourismusabgabe"),
    "VAT": ("PVM", "MwSt."),
    "VAT on accommodation": ("PVM už apgyvendinimą", "MwSt. auf Übernachtungen"),
    "VAT on meals": ("PVM už maitinimą", "MwSt. auf Speisen"),
}


@transaction.atomic
def brand_write(*, slug: str, actor: Actor) -> None:
    """Give a demo organization its brand, unless it has one."""
    if slug not in BRANDS or Brand.objects.exists():
        return
    (tagline, *taglines), (about, *abouts) = BRANDS[slug]
    texts = {
        code: {"tagline": line, "about": words} for code, line, words in zip(LANGUAGES, taglines, abouts, strict=True)
    }
    brand_save(brand=Brand(tagline=tagline, about=about, texts=texts), actor=actor)


@transaction.atomic
def texts_write(*, property: Property, actor: Actor) -> None:
    """Write a demo house's words, place and amenities, and the words of what it sells, where nobody wrote any yet."""
    words = HOUSES.get(property.code)
    if words and not property.headline:
        property.headline, property.description = words.headline, words.description
        property.latitude, property.longitude, property.texts = words.latitude, words.longitude, words.texts
    property.texts = completed(property, "house_rules")
    property_save(property=property, actor=actor)
    for kind in RoomType.objects.filter(property=property):
        kind.texts = completed(kind, "name", "description")
        room_type_save(room_type=kind, actor=actor)
    for model in (RatePlan, Extra):
        for row in model.objects.filter(property=property):
            model.objects.filter(pk=row.pk).update(texts=completed(row, "name", "description"))
    for named in (Tax, Fee):
        for levy in named.objects.filter(property=property):
            named.objects.filter(pk=levy.pk).update(texts=completed(levy, "name"))
    for photo in Photo.objects.filter(property=property).select_related("room_type"):
        Photo.objects.filter(pk=photo.pk).update(texts=photo.texts or alt_texts(photo))
    amenities_add(property=property)


def amenities_add(*, property: Property) -> None:
    """Say what a demo house and its rooms have, unless somebody said it."""
    if property.code not in IN_HOUSE or property.amenities.exists():
        return
    property.amenities.set(_amenities(IN_HOUSE[property.code]))
    for kind in RoomType.objects.filter(property=property, amenities=None):
        words = f"{kind.name} {kind.description}".lower()
        besides = [code for word, code in BESIDES.items() if word in words]
        kind.amenities.set(_amenities([*IN_ROOMS[property.code], *besides]))


def completed(row: Any, *fields: str) -> Texts:
    """Return a row's texts, with the demo's own words for those of its fields that nobody translated."""
    texts = {code: dict(words) for code, words in row.texts.items()}
    for field in fields:
        for code, word in zip(LANGUAGES, _translated(getattr(row, field)), strict=False):
            texts.setdefault(code, {}).setdefault(field, word)
    return texts


def alt_texts(photo: Photo) -> Texts:
    """Return what a demo picture shows, in the other languages; nothing for a picture that is somebody's own."""
    kind = photo.room_type
    sentence = photo.alt_text
    if kind is not None and sentence.startswith(f"{kind.name}: "):
        sentence = sentence.removeprefix(f"{kind.name}: ")
        sentence = f"{sentence[:1].upper()}{sentence[1:]}"
    texts: Texts = {}
    for code, word in zip(LANGUAGES, _translated(sentence), strict=False):
        name = said(kind, "name", code) if kind is not None else ""
        texts[code] = {"alt_text": f"{name}: {word}" if name else word}
    return texts


def _translated(english: str) -> tuple[str, ...]:
    """Return the Lithuanian and German, or nothing for words that are not the demo's."""
    return NAMES.get(english) or SENTENCES.get(english) or ()


def _amenities(codes: Iterable[str]) -> list[Amenity]:
    rows = []
    for code in codes:
        name, *others = AMENITIES[code]
        texts = {language: {"name": word} for language, word in zip(LANGUAGES, others, strict=True)}
        rows.append(Amenity.objects.get_or_create(code=code, defaults={"name": name, "texts": texts})[0])
    return rows

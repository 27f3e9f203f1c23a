"""Switzerland, Basel."""

from datetime import date

from billing.taxes.enums import Component, Purpose, TaxBasis, TaxKind
from billing.taxes.regimes.regime import LODGING, Rate, Regime, RegimeTax, Source

REGIME = Regime(
    code="ch-basel",
    name="Switzerland: Basel",
    currency="CHF",
    read_on=date(2026, 11, 21),
    sources=(
        Source(
            "MWSTG art. 25: lodging with breakfast 3.8% from 2024, 3.7% before; standard rate 8.1%, 7.7% before",
            "https://www.suedostschweiz.ch/wirtschaft/preisanstieg-dafuer-muesst-ihr-2024-tiefer-in-die-tasche-greifen",
            "2023-12",
        ),
        Source(
            "Gasttaxe & BaselCard, Kanton Basel-Stadt",
            "https://www.awa.bs.ch/standortfoerderung/tourismus-und-kongressfoerderung/gasttaxe-und-baselcard.html",
        ),
        Source(
            "Gasttaxe of 4.20 CHF from March 2025",
            "https://nau.ch/news/schweiz/basel-stadt-erhoht-gasttaxe-auf-420-franken-66881060",
        ),
    ),
    covers=(
        "VAT inside prices: lodging with breakfast 3.8%, all else 8.1%. The Gasttaxe: 4.20 CHF by person of 12 and older for 30"
        " nights, not for residents of the canton."
    ),
    leaves_out="Food that is taken away at 2.6%. Cash rounded to five Rappen, which is a matter of the payment.",
    notes=(
        "The special rate for lodging is limited to 2027; whether it is prolonged was open. The Gasttaxe is collected for the"
        " canton: no VAT on it. Please confirm."
    ),
    taxes=(
        RegimeTax(
            "VAT-LODGING",
            "VAT on accommodation",
            (Rate(date(2018, 1, 1), date(2023, 12, 31), percent="3.7"), Rate(date(2024, 1, 1), percent="3.8")),
            components=(*LODGING, Component.BREAKFAST),
        ),
        RegimeTax(
            "VAT-STANDARD",
            "VAT",
            (Rate(date(2018, 1, 1), date(2023, 12, 31), percent="7.7"), Rate(date(2024, 1, 1), percent="8.1")),
            components=(
                Component.MEALS,
                Component.BEVERAGES,
                Component.PARKING,
                Component.TRANSPORT,
                Component.WELLNESS,
                Component.OTHER,
            ),
        ),
        RegimeTax(
            "CITY-TAX",
            "Gasttaxe",
            (
                Rate(date(2018, 1, 1), date(2025, 2, 28), amount="4.00", nights_cap=30, age_from=12),
                Rate(date(2025, 3, 1), amount="4.20", nights_cap=30, age_from=12),
            ),
            components=(Component.ACCOMMODATION,),
            kind=TaxKind.CITY_TAX,
            basis=TaxBasis.PERSON_NIGHT,
            included=False,
            at_property=True,
            exempt=(Purpose.RESIDENT,),
        ),
    ),
)

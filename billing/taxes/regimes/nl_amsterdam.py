"""Netherlands, Amsterdam."""

from datetime import date

from billing.taxes.enums import Component, PercentBase, Purpose, TaxBasis, TaxKind
from billing.taxes.regimes.regime import Rate, Regime, RegimeTax, Source

REGIME = Regime(
    code="nl-amsterdam",
    name="Netherlands: Amsterdam",
    currency="EUR",
    read_on=date(2026, 11, 21),
    sources=(
        Source(
            "Belastingplan 2025: lodging at 21% from 2026",
            "https://rijksfinancien.nl/belastingplan-memorie-van-toelichting/2025/d17e3459",
        ),
        Source(
            "Breakfast stays at 9%",
            "https://www.schipperaccountants.nl/verhoging-btw-tarief-per-1-januari-2026-in-de-recreatiesector",
        ),
        Source(
            "Toeristenbelasting of 12.5% since 2024 and in 2026",
            "https://www.hartvannederland.nl/politiek/beleid/artikelen/noord-holland-amsterdam-wil-toeristenbelasting-verder-verhogen",
            "2025-11-28",
        ),
        Source(
            "7% and 3 EUR before",
            "https://www.khn.nl/nieuws/college-van-de-gemeente-amsterdam-wil-een-toeristenbelasting-van-12-5",
            "2023-09-28",
        ),
    ),
    covers=(
        "VAT inside prices: lodging 9% to 2025 and 21% from 2026, food and passenger transport 9%, all else 21%. Tourist tax on"
        " the price of the room without VAT: 12.5% from 2024; 7% and 3 EUR by person from 2020 to 2023."
    ),
    leaves_out=(
        "Drinks without alcohol at 9%: beverages are taxed at 21% here. Campsites. Swimming and sauna at 9%: wellness is taxed"
        " at 21% here."
    ),
    notes=(
        "Payments made in 2025 for nights of 2026 are at 21% as well, so the night decides. That residents of the city are"
        " exempt and that the base is the price without VAT rest on general knowledge. Please confirm."
    ),
    taxes=(
        RegimeTax(
            "VAT-LODGING",
            "VAT on accommodation",
            (Rate(date(2019, 1, 1), date(2025, 12, 31), percent="9"), Rate(date(2026, 1, 1), percent="21")),
        ),
        RegimeTax(
            "VAT-FOOD",
            "VAT on food",
            (Rate(date(2019, 1, 1), percent="9"),),
            components=(Component.BREAKFAST, Component.MEALS, Component.TRANSPORT),
        ),
        RegimeTax(
            "VAT-STANDARD",
            "VAT",
            (Rate(date(2019, 1, 1), percent="21"),),
            components=(Component.BEVERAGES, Component.PARKING, Component.WELLNESS, Component.OTHER),
        ),
        RegimeTax(
            "CITY-TAX",
            "Tourist tax",
            (Rate(date(2020, 1, 1), date(2023, 12, 31), percent="7"), Rate(date(2024, 1, 1), percent="12.5")),
            components=(Component.ACCOMMODATION,),
            kind=TaxKind.CITY_TAX,
            included=False,
            percent_base=PercentBase.NET,
            exempt=(Purpose.RESIDENT,),
        ),
        RegimeTax(
            "CITY-PERSON",
            "Tourist tax by person",
            (Rate(date(2020, 1, 1), date(2023, 12, 31), amount="3.00"),),
            components=(Component.ACCOMMODATION,),
            kind=TaxKind.CITY_TAX,
            basis=TaxBasis.PERSON_NIGHT,
            included=False,
            exempt=(Purpose.RESIDENT,),
        ),
    ),
)

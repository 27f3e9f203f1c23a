"""Germany, Berlin."""

from datetime import date

from billing.taxes.enums import Component, PercentBase, TaxKind
from billing.taxes.regimes.regime import Rate, Regime, RegimeTax, Source

REGIME = Regime(
    code="de-berlin",
    name="Germany: Berlin",
    currency="EUR",
    read_on=date(2026, 11, 21),
    sources=(
        Source(
            "Übernachtungsteuergesetz (ÜnStG) of Berlin, with the change of the rate and of the cap from 2025",
            "https://convention.visitberlin.de/city-tax-berlin",
            "2025",
        ),
        Source(
            "Senate of Berlin, press release of 26 November 2024 on the ÜnStG",
            "https://dehoga-berlin.de/brancheninfos/news/detail/senat-beschliesst-gesetzentwurf-zur-aenderung-des-uebernachtungsteuergesetzes-1/",
            "2024-11-26",
        ),
        Source(
            "§ 12 UStG: 7% for lodging; food 7% again from 2026",
            "https://www.frankenfernsehen.tv/amp/mediathek/video/news-of-the-day-vom-09-09-2025",
            "2025-09-09",
        ),
    ),
    covers=(
        "VAT inside prices: lodging 7%, food 19% in 2024 and 2025 and 7% from 2026, all else 19%. City Tax on the price of"
        " the room without VAT: 5% for 21 nights to 2024, 7.5% without a cap of nights from 2025; VAT of 7% on the City Tax."
    ),
    leaves_out=(
        "Business travellers were exempt to March 2024; stays agreed before a change keep what was in force. Local transport"
        " at 7%; transport is taxed at 19% here."
    ),
    notes=(
        "The cap of 21 nights ended with 2024: the tax is for stays of up to six months. The house owes the City Tax and"
        " passes it on, so it is part of what VAT is counted on; that this is at 7% rests on it following the lodging."
        " Please confirm."
    ),
    taxes=(
        RegimeTax("VAT-LODGING", "VAT on accommodation", (Rate(date(2021, 1, 1), percent="7"),)),
        RegimeTax(
            "VAT-FOOD",
            "VAT on food",
            (
                Rate(date(2021, 1, 1), date(2023, 12, 31), percent="7"),
                Rate(date(2024, 1, 1), date(2025, 12, 31), percent="19"),
                Rate(date(2026, 1, 1), percent="7"),
            ),
            components=(Component.BREAKFAST, Component.MEALS),
        ),
        RegimeTax(
            "VAT-STANDARD",
            "VAT",
            (Rate(date(2021, 1, 1), percent="19"),),
            components=(
                Component.BEVERAGES,
                Component.PARKING,
                Component.TRANSPORT,
                Component.WELLNESS,
                Component.OTHER,
            ),
        ),
        RegimeTax(
            "CITY-TAX",
            "City Tax",
            (
                Rate(date(2014, 1, 1), date(2024, 12, 31), percent="5", nights_cap=21),
                Rate(date(2025, 1, 1), percent="7.5"),
            ),
            components=(Component.ACCOMMODATION,),
            kind=TaxKind.CITY_TAX,
            included=False,
            percent_base=PercentBase.NET,
        ),
        RegimeTax(
            "CITY-TAX-VAT",
            "VAT on the City Tax",
            (Rate(date(2021, 1, 1), percent="7"),),
            components=(Component.ACCOMMODATION,),
            kind=TaxKind.CITY_TAX,
            included=False,
            percent_base=PercentBase.TAXES,
            on_top_of=("CITY-TAX",),
        ),
    ),
)

"""United Kingdom, Edinburgh."""

from datetime import date

from billing.taxes.enums import Component, PercentBase, TaxKind
from billing.taxes.regimes.gb import VAT, VAT_SOURCE
from billing.taxes.regimes.regime import Rate, Regime, RegimeTax, Source

STARTS = date(2026, 7, 24)

REGIME = Regime(
    code="gb-edinburgh",
    name="United Kingdom: Edinburgh",
    currency="GBP",
    read_on=date(2026, 11, 21),
    sources=(
        VAT_SOURCE,
        Source(
            "Visitor Levy (Scotland) Act 2024; City of Edinburgh Council, information for businesses",
            "https://www.edinburgh.gov.uk/business/information-businesses",
            "2025-08-18",
        ),
        Source(
            "VAT applies to the levy",
            "https://en-staging.ftb-dev.com/blog/how-to-calculate-the-scottish-visitor-levy-without-the-headache",
        ),
    ),
    covers=(
        "VAT of 20% inside prices. The visitor levy of 5% of the price of the room without VAT, for the first five nights of a"
        " stay, from 24 July 2026, and VAT on the levy."
    ),
    leaves_out=(
        "Stays booked and paid before 1 October 2025, which are free of the levy. Those who are exempt pay and claim it back"
        " from the council. The reduced value of stays longer than 28 days."
    ),
    notes="The levy has to be part of any price that is advertised: show totals, which contain it.",
    taxes=(
        VAT,
        RegimeTax(
            "LEVY",
            "Visitor levy",
            (Rate(STARTS, percent="5", nights_cap=5),),
            components=(Component.ACCOMMODATION,),
            kind=TaxKind.CITY_TAX,
            included=False,
            percent_base=PercentBase.NET,
        ),
        RegimeTax(
            "LEVY-VAT",
            "VAT on the visitor levy",
            (Rate(STARTS, percent="20"),),
            components=(Component.ACCOMMODATION,),
            kind=TaxKind.CITY_TAX,
            included=False,
            percent_base=PercentBase.TAXES,
            on_top_of=("LEVY",),
        ),
    ),
)

"""Bahrain."""

from datetime import date

from billing.taxes.enums import Component, PercentBase, TaxBasis, TaxKind
from billing.taxes.regimes.regime import LODGING, Rate, Regime, RegimeFee, RegimeTax, Source

SOLD = (*LODGING, Component.BREAKFAST, Component.MEALS, Component.BEVERAGES)

REGIME = Regime(
    code="bh",
    name="Bahrain",
    currency="BHD",
    read_on=date(2026, 11, 21),
    sources=(
        Source(
            "Order of the Minister of Industry, Commerce and Tourism: 10% on hotel services",
            "https://garaanews.com/amp/article/230133",
        ),
        Source(
            "Ministry of Tourism: 3 BHD by room and night from 1 May 2024",
            "https://www.bahrainmoments.com/bahrain-introduces-bd3-hotel-accommodation-tax-for-tourists-654180.html",
            "2024-05-05",
        ),
    ),
    covers=(
        "Added to prices: VAT of 10% (5% to 2021), the hotel service levy of 10%, the tourism fee of 3 BHD by room and night,"
        " and a service charge of 10% that houses usually make."
    ),
    leaves_out="Houses without a tourism licence, which owe no levy.",
    notes=(
        "The levy was 5% in 2011 and is 10% by the order quoted, whose day was not seen; VAT is counted on the price and the"
        " service charge, not on levy and fee; the service charge is custom, not law. None of this rests on a text of law that"
        " was at hand. Please confirm all of it."
    ),
    taxes=(
        RegimeTax(
            "VAT",
            "VAT",
            (Rate(date(2019, 1, 1), date(2021, 12, 31), percent="5"), Rate(date(2022, 1, 1), percent="10")),
            components=tuple(Component),
            included=False,
        ),
        RegimeTax(
            "LEVY",
            "Hotel service levy",
            (Rate(date(2019, 1, 1), percent="10"),),
            components=tuple(component for component in SOLD if component != Component.SERVICE),
            kind=TaxKind.CITY_TAX,
            included=False,
            percent_base=PercentBase.NET,
        ),
        RegimeTax(
            "ROOM-FEE",
            "Tourism fee",
            (Rate(date(2024, 5, 1), amount="3.000"),),
            components=(Component.ACCOMMODATION,),
            kind=TaxKind.CITY_TAX,
            basis=TaxBasis.NIGHT,
            included=False,
        ),
    ),
    fees=(RegimeFee("SERVICE", "Service charge", percent="10"),),
)

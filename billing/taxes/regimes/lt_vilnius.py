"""Lithuania, Vilnius."""

from datetime import date

from billing.taxes.enums import Component, TaxBasis, TaxKind
from billing.taxes.regimes.regime import Rate, Regime, RegimeTax, Source

REGIME = Regime(
    code="lt-vilnius",
    name="Lithuania: Vilnius",
    currency="EUR",
    read_on=date(2026, 11, 21),
    sources=(
        Source(
            "Law XV-287, amending article 19 of the VAT Law",
            "https://sovos.com/regulatory-updates/vat/lithuania-removes-9-reduced-vat-rate",
            "2026-01-05",
        ),
        Source("City Tax in Vilnius, Go Vilnius", "http://www.govilnius.lt/city-tax"),
    ),
    covers="VAT inside prices, 9% for lodging to 2025 and 12% from 2026; the tourist fee (pillow tax) by person and night.",
    leaves_out=(
        "Exemptions from the tourist fee that need papers: pupils over 18, disabled guests, patients in paid rehabilitation,"
        " rentals of a month and longer. Scheduled passenger transport at 12%; transport is taxed at 21% here."
    ),
    notes=(
        "Breakfast and meals at 21% follow the end of the reduced catering rate in 2023; one news page of December 2025 lists"
        " catering at 12% from 2026, others do not. No change of the tourist fee for 2026 was found. Please confirm both."
    ),
    taxes=(
        RegimeTax(
            "VAT-LODGING",
            "VAT on accommodation",
            (
                Rate(date(2023, 1, 1), date(2025, 12, 31), percent="9"),
                Rate(date(2026, 1, 1), percent="12"),
            ),
        ),
        RegimeTax(
            "VAT-STANDARD",
            "VAT",
            (Rate(date(2024, 1, 1), percent="21"),),
            components=(
                Component.BREAKFAST,
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
            "Tourist fee",
            (
                Rate(date(2018, 7, 1), date(2023, 12, 31), amount="1.00", age_from=18),
                Rate(date(2024, 1, 1), amount="2.00", age_from=18),
            ),
            components=(Component.ACCOMMODATION,),
            kind=TaxKind.CITY_TAX,
            basis=TaxBasis.PERSON_NIGHT,
            included=False,
            at_property=True,
        ),
    ),
)

"""Portugal, Albufeira in the Algarve."""

from datetime import date

from billing.taxes.enums import Component, Purpose, TaxBasis, TaxKind
from billing.taxes.regimes.portugal import VAT, VAT_COVERED, VAT_LEFT_OUT, VAT_NOTES, VAT_SOURCES
from billing.taxes.regimes.regime import Rate, Regime, RegimeTax, Source

#: The tax is for the high season alone; a rule set knows no seasons, so it names each year's.
LAST_YEAR = 2030

REGIME = Regime(
    code="pt-albufeira",
    name="Portugal: Albufeira (Algarve)",
    currency="EUR",
    read_on=date(2026, 11, 21),
    sources=(
        *VAT_SOURCES,
        Source(
            "Albufeira começa a cobrar taxa turística de dois euros",
            "https://rr.sapo.pt/noticia/pais/2024/04/30/albufeira-comeca-a-cobrar-taxa-turistica-de-dois-euros-em-21-de-maio/376580/",
            "2024-04-30",
        ),
    ),
    covers=(
        f"{VAT_COVERED} The tourist tax: 2 EUR by person of 13 and older for 7 nights, from 1 April to 31 October, since"
        f" 21 May 2024 and as far as {LAST_YEAR}."
    ),
    leaves_out=f"{VAT_LEFT_OUT} The companion of a patient is exempt too. Other municipalities of the Algarve differ.",
    notes=(
        f"{VAT_NOTES} Medical stays are exempt, with proof. Whether the municipality has since put a tax on the low season,"
        " as its neighbours did, could not be seen. Please confirm."
    ),
    taxes=(
        *VAT,
        RegimeTax(
            "CITY-TAX",
            "Tourist tax",
            (
                Rate(date(2024, 5, 21), date(2024, 10, 31), amount="2.00", nights_cap=7, age_from=13),
                *(
                    Rate(date(year, 4, 1), date(year, 10, 31), amount="2.00", nights_cap=7, age_from=13)
                    for year in range(2025, LAST_YEAR + 1)
                ),
            ),
            components=(Component.ACCOMMODATION,),
            kind=TaxKind.CITY_TAX,
            basis=TaxBasis.PERSON_NIGHT,
            included=False,
            at_property=True,
            exempt=(Purpose.MEDICAL,),
        ),
    ),
)

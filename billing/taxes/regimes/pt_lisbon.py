"""Portugal, Lisbon."""

from datetime import date

from billing.taxes.enums import Component, Purpose, TaxBasis, TaxKind
from billing.taxes.regimes.portugal import VAT, VAT_COVERED, VAT_LEFT_OUT, VAT_NOTES, VAT_SOURCES
from billing.taxes.regimes.regime import Rate, Regime, RegimeTax, Source

REGIME = Regime(
    code="pt-lisbon",
    name="Portugal: Lisbon",
    currency="EUR",
    read_on=date(2026, 11, 21),
    sources=(
        *VAT_SOURCES,
        Source(
            "Taxa municipal turística, Câmara Municipal de Lisboa",
            "https://informacoeseservicos.lisboa.pt/servicos/detalhe/taxa-municipal-turistica",
        ),
        Source(
            "Taxa turística de dormida sobe para 4 euros",
            "https://regiaodelisboa.sapo.pt/noticias/taxa-turistica-de-dormida-na-cidade-sobe-para-4-euros",
            "2024-09-06",
        ),
    ),
    covers=f"{VAT_COVERED} The tourist tax: 4 EUR by person of 13 and older for 7 nights from September 2024.",
    leaves_out=f"{VAT_LEFT_OUT} The companion of a patient is exempt too; the tax for those who arrive by sea.",
    notes=(
        f"{VAT_NOTES} The city writes both «from 13» and «over 13» years; 13 pays here. Medical stays are exempt, with proof."
        " The tourist tax is not subject to VAT. Please confirm."
    ),
    taxes=(
        *VAT,
        RegimeTax(
            "CITY-TAX",
            "Tourist tax",
            (
                Rate(date(2016, 1, 1), date(2018, 12, 31), amount="1.00", nights_cap=7, age_from=13),
                Rate(date(2019, 1, 1), date(2024, 8, 31), amount="2.00", nights_cap=7, age_from=13),
                Rate(date(2024, 9, 1), amount="4.00", nights_cap=7, age_from=13),
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

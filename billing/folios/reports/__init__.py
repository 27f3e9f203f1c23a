"""What an accountant asks of folios and books together: open items, taxes by what was sold, and whether all agree."""

from billing.folios.reports.city_tax import CityTaxNight, CityTaxRow, CityTaxTotals, city_tax_nights, city_tax_rows
from billing.folios.reports.open_items import AGES, OpenItem, OpenItems, open_items
from billing.folios.reports.proofs import Proof, proof_register, proofs
from billing.folios.reports.vat import Untaxed, VatReport, vat_report

__all__ = [
    "AGES",
    "CityTaxNight",
    "CityTaxRow",
    "CityTaxTotals",
    "OpenItem",
    "OpenItems",
    "Proof",
    "Untaxed",
    "VatReport",
    "city_tax_nights",
    "city_tax_rows",
    "open_items",
    "proof_register",
    "proofs",
    "vat_report",
]

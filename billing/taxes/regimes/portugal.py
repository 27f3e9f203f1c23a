"""Portugal: VAT of the mainland, which every municipality shares."""

from datetime import date

from billing.taxes.enums import Component
from billing.taxes.regimes.regime import LODGING, Rate, RegimeTax, Source

VAT_SOURCES = (
    Source(
        "CIVA, list I 2.17: lodging with breakfast 6%",
        "https://www.protir.pt/iva-na-restauracao-novas-regras-42048.html",
    ),
    Source(
        "CIVA, list II 3.1 as of Lei 82/2023: food 13%, alcohol and soft drinks 23%",
        "https://acip.pt/alteracao-da-taxa-de-iva-aplicada-nas-bebidas/",
        "2024",
    ),
)
VAT_COVERED = (
    "VAT inside prices: lodging with breakfast 6%, meals 13%, beverages and all else 23%, passenger transport 6%."
)
VAT_LEFT_OUT = (
    "Water, juice and coffee at 13%: beverages are taxed at 23% here. Madeira and the Azores. Half and full board sold at one"
    " price (three quarters and one half of it lodging): give the plan its meals as components instead."
)
VAT_NOTES = "Breakfast is at 6% where it is sold with the room and not invoiced by itself."
VAT = (
    RegimeTax(
        "VAT-LODGING",
        "VAT on accommodation",
        (Rate(date(2016, 7, 1), percent="6"),),
        components=(*LODGING, Component.BREAKFAST, Component.TRANSPORT),
    ),
    RegimeTax("VAT-MEALS", "VAT on meals", (Rate(date(2016, 7, 1), percent="13"),), components=(Component.MEALS,)),
    RegimeTax(
        "VAT-STANDARD",
        "VAT",
        (Rate(date(2016, 7, 1), percent="23"),),
        components=(Component.BEVERAGES, Component.PARKING, Component.WELLNESS, Component.OTHER),
    ),
)

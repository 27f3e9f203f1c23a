"""France, Paris."""

from datetime import date

from billing.taxes.enums import Component, TaxBasis, TaxKind
from billing.taxes.regimes.regime import LODGING, Rate, Regime, RegimeTax, Source

TO_2023 = {"3-star": "1.88", "4-star": "2.88", "5-star": "3.75", "palace": "5.00", "2-star": "1.13", "1-star": "1.00"}
OF_2024 = {"3-star": "5.20", "4-star": "8.13", "5-star": "10.73", "palace": "14.95", "2-star": "3.25", "1-star": "2.60"}
FROM_2025 = {**OF_2024, "3-star": "5.53", "4-star": "8.45", "5-star": "11.38", "palace": "15.60"}

REGIME = Regime(
    code="fr-paris",
    name="France: Paris",
    currency="EUR",
    read_on=date(2026, 11, 21),
    sources=(
        Source(
            "CGCT L. 2333-26, L. 2531-17 and L. 2531-18; tariffs of 2024, Service-Public",
            "https://entreprendre.service-public.fr/actualites/A17102?lang=en",
            "2024-01-17",
        ),
        Source(
            "Tariffs to 2023",
            "https://lhotellerie-restauration.fr/actualite/la-taxe-de-sejour-va-augmenter-a-paris",
            "2019-01-02",
        ),
        Source(
            "Hébergements : taxe de séjour à Paris",
            "https://parisjetaime.com/professionnels/article/hebergements-taxe-de-sejour-a-paris-a1192",
            "2024-10-07",
        ),
    ),
    covers=(
        "VAT inside prices: lodging, food and passenger transport 10%, all else 20%. The taxe de séjour by category, with what"
        " the department (10%), the Grand Paris (15%) and, from 2024, Île-de-France Mobilités (200%) add; adults only."
    ),
    leaves_out=(
        "Houses without a classification (5% of the price by person, capped). Seasonal workers and emergency lodging."
        " Drinks without alcohol at 10%: beverages are taxed at 20% here."
    ),
    notes=(
        "The tariffs of 2025 are the city's own (4.80, 3.50, 2.60, 1.70 EUR) with 225% added; the page that prints them was"
        " not at hand, and a tariff of 2026 was not found. Please confirm. The tax is collected for the city: no VAT on it."
    ),
    categories=(
        ("3-star", "Three stars"),
        ("1-star", "One star, bed and breakfast"),
        ("2-star", "Two stars"),
        ("4-star", "Four stars"),
        ("5-star", "Five stars"),
        ("palace", "Palace"),
    ),
    taxes=(
        RegimeTax(
            "VAT-LODGING",
            "VAT on accommodation and food",
            (Rate(date(2014, 1, 1), percent="10"),),
            components=(*LODGING, Component.BREAKFAST, Component.MEALS, Component.TRANSPORT),
        ),
        RegimeTax(
            "VAT-STANDARD",
            "VAT",
            (Rate(date(2014, 1, 1), percent="20"),),
            components=(Component.BEVERAGES, Component.PARKING, Component.WELLNESS, Component.OTHER),
        ),
        RegimeTax(
            "CITY-TAX",
            "Taxe de séjour",
            (
                Rate(date(2019, 1, 1), date(2023, 12, 31), amount=TO_2023, age_from=18),
                Rate(date(2024, 1, 1), date(2024, 12, 31), amount=OF_2024, age_from=18),
                Rate(date(2025, 1, 1), amount=FROM_2025, age_from=18),
            ),
            components=(Component.ACCOMMODATION,),
            kind=TaxKind.CITY_TAX,
            basis=TaxBasis.PERSON_NIGHT,
            included=False,
            at_property=True,
        ),
    ),
)

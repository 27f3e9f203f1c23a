"""India."""

from datetime import date

from billing.taxes.enums import Component
from billing.taxes.regimes.regime import Rate, Regime, RegimeTax, Source

#: A room of exactly 7,500 is in the lower slab, so the upper one begins a paisa above.
ABOVE = "7500.01"
FOOD = {"food-5": "2.5", "food-18": "9"}
HALVES = (("CGST", "Central GST"), ("SGST", "State GST"))


def _half(code: str, name: str) -> tuple[RegimeTax, ...]:
    return (
        RegimeTax(
            code,
            f"{name} on accommodation",
            (
                Rate(date(2022, 7, 18), date(2025, 9, 21), percent="6", price_until=ABOVE),
                Rate(date(2022, 7, 18), date(2025, 9, 21), percent="9", price_from=ABOVE),
                Rate(date(2025, 9, 22), percent="2.5", price_until=ABOVE),
                Rate(date(2025, 9, 22), percent="9", price_from=ABOVE),
            ),
            included=False,
        ),
        RegimeTax(
            f"{code}-FOOD",
            f"{name} on food",
            (Rate(date(2022, 7, 18), percent=FOOD),),
            components=(Component.BREAKFAST, Component.MEALS, Component.BEVERAGES),
            included=False,
        ),
        RegimeTax(
            f"{code}-WELLNESS",
            f"{name} on wellness",
            (Rate(date(2022, 7, 18), date(2025, 9, 21), percent="9"), Rate(date(2025, 9, 22), percent="2.5")),
            components=(Component.WELLNESS,),
            included=False,
        ),
        RegimeTax(
            f"{code}-OTHER",
            name,
            (Rate(date(2022, 7, 18), percent="9"),),
            components=(Component.PARKING, Component.TRANSPORT, Component.OTHER),
            included=False,
        ),
    )


REGIME = Regime(
    code="in-gst",
    name="India",
    currency="INR",
    read_on=date(2026, 11, 21),
    sources=(
        Source(
            "56th GST Council; CBIC: lodging to 7,500 INR at 5% without input tax credit",
            "https://www.gstpress.com/news/cmfopjt0o0047klsuv3uvqicx/from-sept-22-5-gst-to-apply-on-budget-hotel-stays-itc-option-removed",
            "2025-09",
        ),
        Source(
            "Notification 05/2025 Central Tax (Rate): actual value of supply, specified premises",
            "https://a2ztaxcorp.net/definition-of-declared-tariff-omitted-and-specified-premises-substituted-linking-with-actual-value-of-supply-of-accommodation-provided-by-the-hotel-effective-from-april-01-2025",
            "2025-01-16",
        ),
    ),
    covers=(
        "GST added to prices, half central and half state. Lodging by the price of the room and night: to 7,500 INR 5% (12% to"
        " 21 September 2025), above it 18%. Food 5%, or 18% in specified premises. Wellness 5% (18% before), all else 18%."
    ),
    leaves_out=(
        "Alcohol, which the states tax. Sales to another state (IGST is as much as both halves). The whole rupee of section"
        " 170: round the invoice. What is sold beside the room does not count towards the slab."
    ),
    notes=(
        "Food is at 18% where a room was sold above 7,500 INR in the year before, or the house has declared itself specified"
        " premises: choose the category. Transport at 18% is the general case. Please confirm."
    ),
    categories=(("food-5", "Food at 5%"), ("food-18", "Specified premises: food at 18%")),
    taxes=tuple(tax for pair in zip(*(_half(*half) for half in HALVES), strict=True) for tax in pair),
)

"""United Kingdom."""

from datetime import date

from billing.taxes.enums import Component
from billing.taxes.regimes.regime import Rate, Regime, RegimeTax, Source

VAT = RegimeTax("VAT", "VAT", (Rate(date(2022, 4, 1), percent="20"),), components=tuple(Component))
VAT_SOURCE = Source(
    "VAT Act 1994; VAT Notice 709/3: hotels and holiday accommodation",
    "https://www.gov.uk/guidance/hotels-holiday-accommodation-and-vat-notice-7093",
)

REGIME = Regime(
    code="gb",
    name="United Kingdom",
    currency="GBP",
    read_on=date(2026, 11, 21),
    sources=(VAT_SOURCE,),
    covers="VAT of 20% inside prices. There is no city tax; Edinburgh, which has a levy, is a rule set of its own.",
    leaves_out=(
        "The reduced value of stays longer than 28 days. Passenger transport in vehicles of ten seats and more at 0%. The"
        " levies of local business districts, such as Manchester's."
    ),
    notes="The notice itself was not at hand: the standard rate is common knowledge. Please confirm what your house sells.",
    taxes=(VAT,),
)

"""United States, New York City."""

from datetime import date

from billing.taxes.enums import Component, PercentBase, Rounding, TaxBasis, TaxKind
from billing.taxes.regimes.regime import LODGING, Rate, Regime, RegimeTax, Source

STARTS = date(2021, 9, 1)
SOLD = (*LODGING, Component.BREAKFAST, Component.MEALS, Component.BEVERAGES, Component.OTHER)

REGIME = Regime(
    code="us-new-york",
    name="United States: New York City",
    currency="USD",
    read_on=date(2026, 11, 21),
    sources=(
        Source(
            "NYC Administrative Code 11-2502, hotel room occupancy tax",
            "http://ny.elaws.us/law/adc_t11_ch25_sec.11-2502",
        ),
        Source(
            "Hotel Room Occupancy Tax, City of New York",
            "https://nyc-business.nyc.gov/nycbusiness/description/hotel-room-occupancy-tax",
        ),
        Source(
            "NYS Tax Law 1104 (unit fee) and 1105 (sales tax), as explained by Mazars",
            "https://mazarsledger.com/navigating-hotel-taxes-and-fees-in-new-york-state/",
            "2016-08-04",
        ),
    ),
    covers=(
        "Added to prices: sales tax of the state 4%, the city 4.5% and the commuter district 0.375%; hotel room occupancy tax"
        " of 5.875% and, by the price of the room, up to 2 USD a night; hotel unit fee of 1.50 USD a night."
    ),
    leaves_out=(
        "Permanent residents (90 nights for state, district and unit fee, 180 for the city) are not modelled: such stays need"
        " their taxes taken off by hand. Exempt organizations. Parking, transport and wellness, which have rates of their own."
    ),
    notes="5.875% is in force since September 2021 after a summer without; what the state extends it to was not seen.",
    rounding=Rounding.TAX,
    taxes=(
        RegimeTax("ST-STATE", "Sales tax, State of New York", (Rate(STARTS, percent="4"),), SOLD, included=False),
        RegimeTax("ST-CITY", "Sales tax, New York City", (Rate(STARTS, percent="4.5"),), SOLD, included=False),
        RegimeTax("ST-MCTD", "Sales tax, commuter district", (Rate(STARTS, percent="0.375"),), SOLD, included=False),
        RegimeTax(
            "HOTEL",
            "Hotel room occupancy tax",
            (Rate(STARTS, percent="5.875"),),
            kind=TaxKind.CITY_TAX,
            included=False,
            percent_base=PercentBase.NET,
        ),
        RegimeTax(
            "HOTEL-ROOM",
            "Hotel room occupancy tax by night",
            (
                Rate(STARTS, amount="0.50", price_from="10", price_until="20"),
                Rate(STARTS, amount="1.00", price_from="20", price_until="30"),
                Rate(STARTS, amount="1.50", price_from="30", price_until="40"),
                Rate(STARTS, amount="2.00", price_from="40"),
            ),
            components=(Component.ACCOMMODATION,),
            kind=TaxKind.CITY_TAX,
            basis=TaxBasis.NIGHT,
            included=False,
        ),
        RegimeTax(
            "UNIT-FEE",
            "Hotel unit fee, State of New York",
            (Rate(STARTS, amount="1.50"),),
            components=(Component.ACCOMMODATION,),
            kind=TaxKind.CITY_TAX,
            basis=TaxBasis.NIGHT,
            included=False,
        ),
    ),
)

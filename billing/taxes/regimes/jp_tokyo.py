"""Japan, Tokyo."""

from datetime import date

from billing.taxes.enums import Component, PercentBase, TaxBasis, TaxKind
from billing.taxes.regimes.regime import Rate, Regime, RegimeTax, Source

STARTS = date(2019, 10, 1)

REGIME = Regime(
    code="jp-tokyo",
    name="Japan: Tokyo",
    currency="JPY",
    read_on=date(2026, 11, 21),
    sources=(
        Source(
            "東京都宿泊税条例 (Tokyo ordinance on the accommodation tax), articles 3 and 4",
            "https://ans.fyi/c/question/20061109000051KK00891",
        ),
        Source("What is part of the price that decides", "https://www.royalparkhotels.co.jp/rphs/l52c6rgpn/"),
        Source("Plan of a tax of 3% instead", "https://news.livedoor.com/topics/detail/30079926/", "2025-11-27"),
    ),
    covers=(
        "Consumption tax of 10% inside prices. The accommodation tax by person and night, by the price of the room without meals"
        " and without consumption tax, shared by the guests: from 10,000 JPY 100, from 15,000 JPY 200."
    ),
    leaves_out="Food that is taken away at 8%. A service charge counts towards the price that decides; here it does not.",
    notes=(
        "The price of the room is divided by its guests, infants in cots not counted, and infants pay nothing. A tax of 3%"
        " instead was planned in November 2025; the ordinance and its day were not seen. Please confirm."
    ),
    taxes=(
        RegimeTax("CT", "Consumption tax", (Rate(STARTS, percent="10"),), components=tuple(Component)),
        RegimeTax(
            "CITY-TAX",
            "Accommodation tax",
            (
                Rate(STARTS, amount="100", price_from="10000", price_until="15000", age_from=1),
                Rate(STARTS, amount="200", price_from="15000", age_from=1),
            ),
            components=(Component.ACCOMMODATION,),
            kind=TaxKind.CITY_TAX,
            basis=TaxBasis.PERSON_NIGHT,
            included=False,
            percent_base=PercentBase.NET,
            slab_per_person=True,
        ),
    ),
)

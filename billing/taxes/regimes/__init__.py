"""Shipped rule sets: taxes of real places over time, with their sources. What a property uses of them is its own rows."""

from billing.taxes.regimes import (
    bh,
    ch_basel,
    de_berlin,
    es_barcelona,
    fr_paris,
    gb,
    gb_edinburgh,
    in_gst,
    jp_tokyo,
    lt_vilnius,
    nl_amsterdam,
    pt_albufeira,
    pt_lisbon,
    us_new_york,
)
from billing.taxes.regimes.regime import Regime

_MODULES = (
    bh,
    ch_basel,
    de_berlin,
    es_barcelona,
    fr_paris,
    gb,
    gb_edinburgh,
    in_gst,
    jp_tokyo,
    lt_vilnius,
    nl_amsterdam,
    pt_albufeira,
    pt_lisbon,
    us_new_york,
)
#: Every rule set by its code.
REGIMES: dict[str, Regime] = {module.REGIME.code: module.REGIME for module in _MODULES}

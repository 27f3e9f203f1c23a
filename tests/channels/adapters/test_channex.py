"""Channex keeps the contract of adapters, over real HTTP with its stand-in: at each of the three sites behind it."""

import pytest

from tests.channels.adapters.channex_hotel import ChannexHotel
from tests.channels.adapters.contract import Contract, Hotel


class TestContract(Contract):
    @pytest.fixture
    def hotel(self, channex_hotel: ChannexHotel) -> Hotel:
        return channex_hotel


@pytest.mark.parametrize("site", ["airbnb", "expedia"])
class TestOtherSites:
    """What depends on who sold: Airbnb and Expedia give a room no name that lasts."""

    @pytest.fixture
    def hotel(self, channex_hotel: ChannexHotel, site: str) -> Hotel:
        channex_hotel.site = site
        return channex_hotel

    test_arrives_once = Contract.test_what_was_sold_arrives_once
    test_same_stay = Contract.test_each_message_about_a_booking_is_newer_and_about_the_same_stay
    _is_plausible = Contract._is_plausible

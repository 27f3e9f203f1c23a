"""Expedia keeps the contract of adapters, over real HTTP with its stand-in."""

import pytest

from tests.channels.adapters.contract import Contract, Hotel
from tests.channels.adapters.expedia_hotel import ExpediaHotel


class TestContract(Contract):
    @pytest.fixture
    def hotel(self, expedia_hotel: ExpediaHotel) -> Hotel:
        return expedia_hotel

"""Booking.com keeps the contract of adapters, over real HTTP with its stand-in: in each of its languages."""

from dataclasses import replace

import pytest

from channels.adapters.base import Adapter
from channels.adapters.bookingcom.adapter import ADAPTER, FACTS, BookingCom
from channels.adapters.enums import Delivery
from tests.channels.adapters.bookingcom_hotel import BASIC, DIALECTS, TOKEN, BookingComHotel
from tests.channels.adapters.contract import Contract, Hotel
from tests.sandbox.bookingcom.fixtures import BookingComRemote


class _Taking(BookingCom):
    """As it is where reading takes: a test of redelivery has nothing to look for."""

    facts = replace(FACTS, delivery=Delivery.DESTRUCTIVE)


TAKING: Adapter = _Taking()
KEYS = {"bxml": BASIC, "ota": TOKEN, "mixed": TOKEN}


@pytest.mark.parametrize("dialect", DIALECTS)
class TestContract(Contract):
    @pytest.fixture
    def hotel(self, bookingcom_sandbox: BookingComRemote, dialect: str) -> Hotel:
        hotel = BookingComHotel(bookingcom_sandbox, credentials=KEYS[dialect], **DIALECTS[dialect])
        hotel.adapter = TAKING if hotel.is_bxml else ADAPTER
        return hotel

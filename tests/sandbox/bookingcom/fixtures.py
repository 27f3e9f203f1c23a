"""`bookingcom_sandbox`: an empty Booking.com for a test, and its calls in words."""

import re
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from lxml import etree

from tests.sandbox.bookingcom.accounts import FIRST
from tests.sandbox.bookingcom.answers import NAMESPACE
from tests.sandbox.channel_fixtures import ChannelRemote, emptied
from tests.sandbox.core.http import Server

__all__ = ["BookingComRemote", "bookingcom_sandbox"]
NEW, MODIFIED = "OTA_HotelResNotif", "OTA_HotelResModifyNotif"


class BookingComRemote(ChannelRemote):
    """Booking.com as a provider of connectivity sees it."""

    username, password = str(FIRST["username"]), str(FIRST["password"])
    client, secret = str(FIRST["client_id"]), str(FIRST["client_secret"])

    def call(self, path: str, body: str | None = None, method: str = "", **headers: str) -> tuple[int, Any]:
        """Call an endpoint; return status and root element. The RUID must be there."""
        opened = b64encode(f"{self.username}:{self.password}".encode()).decode()
        named = {"Authorization": f"Basic {opened}", "Content_Type": "application/xml", **headers}
        text = None if body is None else body.encode()
        status, _, content = self.fetch(method or ("GET" if body is None else "POST"), self.url + path, text, **named)
        assert re.search(rb"<!-- RUID: \[.+\] -->\s*$", content), content
        return status, etree.fromstring(content)

    def bxml(self, name: str, inner: str = "", **headers: str) -> tuple[int, Any]:
        return self.call(f"/hotels/xml/{name}", f"<request>{inner}</request>", **headers)

    def ota(self, name: str, inner: str) -> tuple[int, Any]:
        return self.call(f"/hotels/ota/{name}", f'<{name}RQ xmlns="{NAMESPACE}">{inner}</{name}RQ>')

    def waiting(self, name: str = NEW, query: str = "") -> list[str]:
        """Fetch a queue; return the reservations in it."""
        status, root = self.call(f"/hotels/ota/{name}{query}")
        assert status == 200, etree.tostring(root)
        return [node.get("ResID_Value") for node in root.iter(f"{{{NAMESPACE}}}HotelReservationID")]

    def acknowledge(self, *numbers: str, name: str = NEW, result: str = "<Success/>") -> int:
        one = "HotelReservation" if name == NEW else "HotelResModify"
        box = "HotelReservations" if name == NEW else "HotelResModifies"
        listed = "".join(
            f'<{one}><ResGlobalInfo><HotelReservationIDs><HotelReservationID ResID_Value="{number}"/>'
            f"</HotelReservationIDs></ResGlobalInfo></{one}>"
            for number in numbers
        )
        body = f'<{name}RS xmlns="{NAMESPACE}">{result}<{box}>{listed}</{box}></{name}RS>'
        return self.call(f"/hotels/ota/{name}", body)[0]


@pytest.fixture
def bookingcom_sandbox(sandbox_server: Server) -> Iterator[BookingComRemote]:
    """An empty Booking.com without hotels."""
    with emptied(sandbox_server, "bookingcom") as url:
        yield BookingComRemote(url)

"""The stand-in for Booking.com: who may call, which call it is, and the reservations' way out.

All hosts of the real one lie under one address here, with the real paths.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from lxml import etree

from tests.sandbox.bookingcom import accounts, answers, reservations, settings
from tests.sandbox.bookingcom.accounts import Account
from tests.sandbox.bookingcom.answers import Malformed, each
from tests.sandbox.bookingcom.ari import Ari
from tests.sandbox.bookingcom.queue import CANCELLED, MODIFIED, NEW, Queue, Stale
from tests.sandbox.bookingcom.throttle import Throttle
from tests.sandbox.channel import Channel
from tests.sandbox.core.faults import Fault
from tests.sandbox.core.http import Answer, Request
from tests.sandbox.extranet.book import Manner
from tests.sandbox.extranet.rules import Refused

#: The endpoint's name, the kinds of message it carries, its container and one message in it.
ENDPOINTS = {
    "/hotels/ota/OTA_HotelResNotif": ("OTA_HotelResNotif", (NEW,), "HotelReservations"),
    "/hotels/ota/OTA_HotelResModifyNotif": ("OTA_HotelResModifyNotif", (MODIFIED, CANCELLED), "HotelResModifies"),
}
#: What a failed call's root is called, by its path.
ROOTS = {"/hotels/xml/reservations": "reservations", "/hotels/xml/rooms": "rooms"}
NO_SHOW_HOURS = 48


class BookingComSandbox(Channel):
    """Booking.com, opened by the account of accounts.FIRST."""

    title: ClassVar[str] = "Booking.com"
    manner: ClassVar[Manner] = Manner(
        "Booking.com", "booking", commission_basis_points=1500, mail_domain="guest.booking.com"
    )

    def __init__(self, **settings_: Any) -> None:
        super().__init__(**settings_)
        self.queue = Queue(self.state, lambda hotel: bool(settings.of(self.state.kept, hotel)["recovery"]))
        self.throttle = Throttle(self.state)
        self.ari = Ari(self)

    def stamp(self) -> str:
        return f"{datetime.fromtimestamp(self.state.now(), UTC):%Y-%m-%dT%H:%M:%S+00:00}"

    def kept(self, name: str) -> dict[str, Any]:
        """Return one of the stand-in's own collections."""
        box: dict[str, Any] = self.state.kept.setdefault(name, {})
        return box

    def marks(self, room: str, rate: str) -> dict[str, Any]:
        """Return what is special of a room's rate: readonly, child."""
        return dict(self.kept("marks").get(f"{room}/{rate}", {}))

    def planned_warnings(self) -> list[dict[str, str]]:
        """Return the warnings that were ordered for the next message about rates, and forget them."""
        return list(self.state.kept.pop("warnings", []))

    def heard(self, stay: dict[str, Any]) -> None:
        self.queue.add(stay)

    def pass_time(self) -> None:
        self.queue.pass_time()

    def refusal(self, status: int, message: str) -> Answer:
        return answers.fault("response", status, message)

    def respond(self, request: Request, fault: Fault | None) -> Answer:
        with self.throttle.under_way(request):
            return super().respond(request, fault)

    def call(self, request: Request) -> Answer:
        if request.path == "/token-based-authentication/exchange":
            return accounts.exchange(self.state, request, basic_only=bool(self.kept("switches").get("basic_only")))
        account = accounts.who(self.state, request.headers)
        if account is None or (self.kept("switches").get("tokens_only") and self._is_basic(request)):
            return self._failed(request, 401, "Authorization Required")
        if request.headers.get("accept-version") == "1.0":
            return self._failed(request, 400, "Not acceptable")
        try:
            return self._dispatch(request, account)
        except Malformed as error:
            return self._failed(request, 400, str(error))

    def _is_basic(self, request: Request) -> bool:
        return request.headers.get("authorization", "").startswith("Basic ")

    def _failed(self, request: Request, status: int, sentence: str) -> Answer:
        """Return a failure in the dialect of the call."""
        if request.path.startswith("/hotels/ota/"):
            return answers.errors(f"{request.path.rpartition('/')[2]}RS", self.stamp(), [sentence], status)
        return answers.fault(ROOTS.get(request.path, "response"), status, sentence)

    def _dispatch(self, request: Request, account: Account) -> Answer:
        if request.path in ENDPOINTS:
            refused = self.throttle.note(account.username, request)
            if refused:
                return self._failed(request, 429, refused)
            return self._give(request, account) if request.method == "GET" else self._acknowledge(request, account)
        calls = {
            "/hotels/xml/availability": self.ari.availability,
            "/hotels/xml/roomrateavailability": self.ari.read_back,
            "/hotels/xml/rooms": self.ari.rooms,
            "/hotels/xml/derivedprices": self.ari.derive,
            "/hotels/ota/OTA_HotelAvailNotif": self.ari.availability_notice,
            "/hotels/ota/OTA_HotelRateAmountNotif": self.ari.amounts_notice,
            "/hotels/xml/reservations": self._read,
            "/hotels/xml/reporting": self._report,
            "/reservations-flow-control/missed-reservations": self._missed,
        }
        work = calls.get(request.path)
        return work(request, account) if work else self._failed(request, 404, "Not found")

    # Reservations

    def _names(self, hotel: str) -> dict[str, Any]:
        return {room["id"]: room for room in self.book.rooms(hotel)}

    def _house(self, hotel: str) -> dict[str, Any]:
        return next((one for one in self.book.hotels() if one["id"] == hotel), {"name": "", "id": hotel})

    def _read(self, request: Request, account: Account) -> Answer:
        """POST /hotels/xml/reservations: what is read is gone from the queue, whether it arrived or not."""
        root = answers.parse(request.body)
        told = {answers.plain(child.tag): child.text or "" for child in root if isinstance(child.tag, str)}
        refused = self.throttle.note(account.username, request)
        if refused:
            return self._failed(request, 429, refused)
        asked = told.get("hotel_id", "")
        if asked and not account.may(asked):
            return self._failed(request, 403, f"Access denied for hotel {asked}")
        if told.get("last_change") and self._recovers(account):
            return self._failed(request, 400, "last_change is not to be used with the recovery API")
        found = etree.Element("reservations")
        entries = self._chosen((NEW, MODIFIED, CANCELLED), account, [asked] if asked else [], told)
        for entry in entries:
            stay = self.book.stay(entry["reservation"])
            own = settings.of(self.state.kept, stay["hotel"])
            found.append(
                reservations.bxml(stay, entry["kind"], self._house(stay["hotel"]), self._names(stay["hotel"]), own)
            )
        self.queue.drop(entries)
        return answers.sealed(found)

    def _recovers(self, account: Account) -> bool:
        return any(
            settings.of(self.state.kept, hotel["id"])["recovery"]
            for hotel in self.book.hotels()
            if account.may(hotel["id"])
        )

    def _chosen(self, kinds: tuple[str, ...], account: Account, hotels: list[str], told: dict[str, str]) -> list[Any]:
        """Return the queue's entries that are asked for. With last_change or id those that were taken out, too."""
        fits = {hotel["id"] for hotel in self.book.hotels() if account.may(hotel["id"])} | set(hotels)
        entries = self.queue.waiting(kinds, lambda hotel: hotel in (set(hotels) or fits))
        if told.get("id") or told.get("last_change"):
            known = {entry["reservation"]: entry for entry in entries}
            stays = [stay for stay in self.book.stays() if stay["hotel"] in (set(hotels) or fits)]
            shown = [known.get(stay["reservation"], _past(stay)) for stay in stays if _asked_for(stay, told)]
            entries = [entry for entry in shown if entry["kind"] in kinds]
        limit = told.get("limit", "")
        return entries[: max(10, min(200, int(limit))) if limit.isdecimal() else 200]

    def _give(self, request: Request, account: Account) -> Answer:
        """GET of a queue: everything that was not acknowledged, in its newest form."""
        name, kinds, container = ENDPOINTS[request.path]
        told = dict(request.query_pairs())
        hotels = [hotel for hotel in told.get("hotel_ids", "").split(",") if hotel]
        foreign = [hotel for hotel in hotels if not account.may(hotel)]
        if foreign:
            return self._failed(request, 403, f"Access denied for hotel {foreign[0]}")
        if told.get("last_change") and self._recovers(account):
            return self._failed(request, 400, "last_change is not to be used with the recovery API")
        root = answers.opened(f"{name}RQ", self.stamp())
        box = answers.put(root, container)
        entries = self._chosen(kinds, account, hotels, told)
        for entry in entries:
            stay = self.book.stay(entry["reservation"])
            own = settings.of(self.state.kept, stay["hotel"])
            writer = reservations.Writer(self._names(stay["hotel"]), own)
            # The guarantee goes out once; a redelivery comes without it.
            writer.reservation(box, stay, entry["kind"], card=not entry["sends"])
        self.queue.hand_out(entries)
        return answers.sealed(root)

    def _acknowledge(self, request: Request, account: Account) -> Answer:
        """POST of the answer to a queue's messages: Success takes them out, Errors leaves them."""
        name, kinds, container = ENDPOINTS[request.path]
        root = answers.parse(request.body)
        if answers.plain(root.tag) != f"{name}RS":
            return self._failed(request, 400, f"The root element is {name}RS.")
        numbers = each(
            root, container, "HotelReservation" if container == "HotelReservations" else "HotelResModify",
            "ResGlobalInfo", "HotelReservationIDs", "HotelReservationID",
        )  # fmt: skip
        wrong, denied = [], []
        for number in [node.get("ResID_Value") or "" for node in numbers]:
            hotel = self._hotel_of_stay(number)
            if hotel and not account.may(hotel):
                denied.append(f"Access denied for hotel {hotel}")
            elif each(root, "Errors"):
                self.queue.reject(number)
            else:
                try:
                    self.queue.acknowledge(number, kinds)
                except Stale:
                    wrong.append(f"Hotel reservation {number} has transaction message of the wrong type")
        if denied or wrong:
            return answers.errors(f"{name}RS", self.stamp(), [*denied, *wrong], 403 if denied else 400)
        return answers.succeeded(f"{name}RS", self.stamp())

    def _hotel_of_stay(self, number: str) -> str | None:
        try:
            return str(self.book.stay(number)["hotel"])
        except Refused:
            return None

    def _missed(self, request: Request, account: Account) -> Answer:
        """GET the reservations that wait for longer than half an hour. Ours: the JSON."""
        due = self.state.now() - 30 * 60
        entries = self.queue.waiting((NEW, MODIFIED, CANCELLED), account.may)
        missed = [entry for entry in entries if entry["made_at"] <= due and not entry["rejected"]]
        listed = [{"reservation_id": one["reservation"], "property_id": one["hotel"]} for one in missed]
        return Answer.of_json({"data": {"reservations": listed}, "ruid": answers.ruid()})

    # Reports

    def _report(self, request: Request, account: Account) -> Answer:
        """POST /hotels/xml/reporting: no-show, invalid card, cancellation for it, another departure."""
        root = answers.parse(request.body)
        number = next((node.text or "" for node in each(root, "reservation_id")), "")
        hotel = self._hotel_of_stay(number)
        if hotel is None:
            return self._failed(request, 400, f"Reservation {number} is not known")
        if not account.may(hotel):
            return self._failed(request, 403, f"Access denied for hotel {hotel}")
        report = next(iter(each(root, "report")), None)
        kind = "" if report is None else (report.text or "").strip() or next((answers.plain(c.tag) for c in report), "")
        wrong = self._reported(number, kind, {} if report is None else dict(report.attrib))
        return self._failed(request, 400, wrong) if wrong else answers.sealed(etree.Element("ok"))

    def _reported(self, number: str, kind: str, said: dict[str, str]) -> str:
        """Do what a report asks; return what is wrong with it."""
        stay = self.book.stay(number)
        before = {report["kind"] for report in stay["reports"]}
        if kind == "is_no_show":
            return self._no_show(stay, before, said)
        if stay["status"] == CANCELLED:
            return "The reservation is cancelled"
        if kind == "cc_is_invalid":
            self.book.report(number, "invalid_card")
            return ""
        if kind == "cancel_reservation_invalid_cc":
            if "invalid_card" not in before:
                return "The card was not reported as invalid"
            self.book.report(number, "cancelled_for_card")
            self.book.cancel(number)
            return ""
        return "Unknown report"

    def _no_show(self, stay: dict[str, Any], before: set[str], said: dict[str, str]) -> str:
        """A no-show is taken from the day of arrival until 48 hours after departure; then the stay stands still."""
        zone = ZoneInfo(self._house(stay["hotel"]).get("timezone", "UTC"))
        now = datetime.fromtimestamp(self.state.now(), UTC).astimezone(zone)
        first = datetime.fromisoformat(stay["arrival"]).replace(tzinfo=zone)
        last = datetime.fromisoformat(stay["departure"]).replace(tzinfo=zone) + timedelta(hours=NO_SHOW_HOURS)
        if stay["status"] == CANCELLED or "no_show" in before:
            return "The reservation cannot be changed"
        if not first <= now < last:
            return "A no-show is reported between check-in and 48 hours after check-out"
        self.book.report(stay["reservation"], "no_show", waived_fees=said.get("waived_fees", "no"))
        return ""

    # Control

    def _mark(self, *, room: str, rate: str, readonly: bool = False, child: bool = False) -> None:
        """Let a rate take its values from another one (child), and refuse every value for it (readonly)."""
        self.book.rate(room, rate)
        self.kept("marks")[f"{room}/{rate}"] = {"readonly": readonly, "child": child}

    def order(self, name: str, settings_: dict[str, Any]) -> Any:  # noqa: PLR0911 (a table of one-liners)
        match name:
            case "POST accounts":
                return accounts.add(self.state, settings_)
            case "POST settings":
                wanted = dict(settings_)
                return settings.change(self.state.kept, self.book, wanted.pop("hotel"), wanted)
            case "POST marks":
                return self._mark(**settings_)
            case "POST warnings":
                return self.state.kept.setdefault("warnings", []).append({"sentence": "Try again later.", **settings_})
            case "POST switches":
                return self.kept("switches").update(settings_)
            case "POST throttle":
                return self.throttle.set(**settings_)
            case "GET queue":
                return self.queue.all()
            case "GET mail":
                return self.queue.mail
            case "GET throttle":
                return self.throttle.shown()
        raise KeyError(name)


def _past(stay: dict[str, Any]) -> dict[str, Any]:
    """Return an entry for a stay that is not in the queue: it is shown again, and its card is gone."""
    return {
        "reservation": stay["reservation"],
        "hotel": stay["hotel"],
        "kind": stay["status"],
        "sends": 1,
        "version": 0,
    }


def _asked_for(stay: dict[str, Any], told: dict[str, str]) -> bool:
    if told.get("id"):
        return bool(stay["reservation"] == told["id"])
    changed = datetime.fromtimestamp(stay["changed_at"], UTC)
    try:
        since = datetime.fromisoformat(told["last_change"].replace(" ", "T"))
    except ValueError as error:
        raise Malformed("last_change is a date and a time.") from error
    return changed >= (since if since.tzinfo else since.replace(tzinfo=UTC))

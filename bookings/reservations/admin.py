"""Back-office pages: bookings and reservations, to look things up. Everything that changes them is at the front desk."""

from django.contrib.admin import action, display
from django.contrib.messages import success
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from bookings.reservations.enums import EXPECTED
from bookings.reservations.manage_links import manage_link_revoke
from bookings.reservations.models import Booking, Reservation
from pms.access.admin_base import RecordAdmin
from pms.access.guards import access_of, actor_of, require
from pms.access.sites import hotel_site
from pms.kernel.admin_pages import Card, counted

LINK = '<a class="text-primary-600 dark:text-primary-500" href="{}">Open at the front desk</a>'


class BookingAdmin(RecordAdmin):
    """What bookers bought."""

    section, icon, position = "Bookings", "book_online", 330
    view_permission = "desk.view"
    list_display = ("code", "property", "booker", "source", "made_at", "at_desk")
    list_filter = ("property", "source")
    list_select_related = ("property", "booker")
    search_fields = ("code", "external_id", "booker__last_name")
    readonly_fields = ("at_desk",)
    actions = ("links_revoke",)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Ask access."""
        return access_of(request).allows("reservation.change")

    @action(description="Make the guests' links useless", permissions=["revoke"])
    def links_revoke(self, request: HttpRequest, bookings: QuerySet[Booking]) -> None:
        """Revoke every link to the bookings that was ever sent; the next one that is sent works again."""
        rows = list(bookings.select_related("property"))
        for booking in rows:
            require(request, "reservation.change", booking.property.code)
        for booking in rows:
            manage_link_revoke(booking=booking, actor=actor_of(request))
        success(request, f"The links of {len(rows)} bookings lead nowhere any more.")

    @display(description="Front desk")
    def at_desk(self, booking: Booking) -> str:
        """Return the link to the booking's page."""
        return format_html(LINK, reverse("desk:booking", args=[booking.code]))


class ReservationAdmin(RecordAdmin):
    """Stays."""

    section, icon, position = "Bookings", "event_available", 340
    view_permission = "desk.view"
    list_display = ("code", "property", "guest", "arrival", "departure", "status", "room_type", "at_desk")
    list_filter = ("property", "status", "is_overbooked")
    list_select_related = ("property", "guest", "room_type")
    search_fields = ("code", "guest__last_name")
    date_hierarchy = "arrival"
    readonly_fields = ("at_desk",)

    @display(description="Front desk")
    def at_desk(self, reservation: Reservation) -> str:
        """Return the link to the reservation's page."""
        return format_html(LINK, reverse("desk:reservation", args=[reservation.code]))


hotel_site.register(Booking, BookingAdmin)
hotel_site.register(Reservation, ReservationAdmin)


@hotel_site.cards
def reservation_cards(request: HttpRequest) -> list[Card]:
    """Say which stays to come have no room, and which were sold beyond the rooms there are."""
    access = access_of(request)
    if not access.allows("desk.view"):
        return []
    coming = access.scope("desk.view", Reservation.objects.filter(status__in=EXPECTED))
    url = reverse("hotel:reservations_reservation_changelist")
    cards = []
    over = coming.filter(is_overbooked=True).count()
    if over:
        text = "Sold beyond the rooms there are: find a room, another house, or call the guest."
        cards.append(
            Card(
                *counted(over, "overbooked stay", "overbooked stays"),
                text,
                f"{url}?is_overbooked__exact=1",
                "alert",
                "See them",
            )
        )
    homeless = coming.exclude(unassigned_reason="").filter(is_overbooked=False).count()
    if homeless:
        text = "Stays to come that no room was free for on every night."
        cards.append(
            Card(
                *counted(homeless, "stay without a room", "stays without a room"),
                text,
                reverse("desk:unassigned"),
                "todo",
                "Assign",
            )
        )
    cards.append(Card(*counted(coming.count(), "stay to come", "stays to come"), "Options, pending and confirmed", url))
    return cards

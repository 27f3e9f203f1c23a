"""Back-office page: how bookings on the website went, to look things up. Tokens are never shown."""

from bookings.checkout.models import Checkout
from pms.access.admin_base import RecordAdmin
from pms.access.sites import hotel_site


class CheckoutAdmin(RecordAdmin):
    """Purchases on the website."""

    section, icon, position = "Bookings", "shopping_cart_checkout", 350
    view_permission = "desk.view"
    property_path = "booking__property__code"
    list_display = ("booking", "state", "last_name", "agreed_minor", "due_minor", "currency", "made_at", "ended_at")
    list_filter = ("state", "booking__property")
    list_select_related = ("booking",)
    search_fields = ("booking__code", "last_name", "email")
    exclude = ("token",)


hotel_site.register(Checkout, CheckoutAdmin)

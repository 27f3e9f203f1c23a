"""What an organization's own host answers."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

from pms.access import views as access_views
from pms.access.sites import hotel_site
from pms.branding import views as branding_views
from pms.properties import views as properties_views

urlpatterns = [
    path("start/", access_views.home, name="home"),
    path("desk/", include("pms.frontdesk.urls")),
    path("access/", include("pms.access.urls")),
    path("accounts/", include("pms.accounts.urls")),
    path("hooks/", include("pms.inbox.urls")),
    path("hotel-admin/", hotel_site.urls),
    path("calendar/", include("channels.calendars.urls")),
    path("media/<str:schema>/photos/<path:name>", properties_views.photo, name="photo"),
    path("media/<str:schema>/brand/<path:name>", branding_views.logo, name="logo"),
]

# What guests see stands under its language, English without a prefix: an address is one page in one language.
urlpatterns += i18n_patterns(
    path("pay/", include("billing.payments.urls")),
    path("", include("bookings.website.urls")),
    path("booking/", include("bookings.checkout.urls")),
    path("", include("bookings.funnel.urls")),
    path("", include("guests.portal.urls")),
    prefix_default_language=False,
)

handler400 = "pms.ops.views.bad_request"
handler403 = "pms.ops.views.forbidden"
handler404 = "pms.ops.views.not_found"
handler500 = "pms.ops.views.server_error"

"""What an organization's own host answers."""

from django.urls import include, path

from pms.access import views as access_views
from pms.access.sites import hotel_site
from pms.properties import views as properties_views

urlpatterns = [
    path("", access_views.home, name="home"),
    path("desk/", include("pms.frontdesk.urls")),
    path("access/", include("pms.access.urls")),
    path("accounts/", include("pms.accounts.urls")),
    path("hooks/", include("pms.inbox.urls")),
    path("pay/", include("billing.payments.urls")),
    path("hotel-admin/", hotel_site.urls),
    path("media/<str:schema>/photos/<path:name>", properties_views.photo, name="photo"),
]

handler400 = "pms.ops.views.bad_request"
handler403 = "pms.ops.views.forbidden"
handler404 = "pms.ops.views.not_found"
handler500 = "pms.ops.views.server_error"

"""What the public host answers: the way in for staff, and the platform's own back office."""

from django.urls import include, path

from channels.connections.views import agreed
from pms.tenants import views
from pms.tenants.sites import platform_site

urlpatterns = [
    path("", views.landing, name="home"),
    path("go/", views.go, name="go"),
    path("accounts/", include("pms.accounts.urls")),
    path("hooks/", include("pms.inbox.urls")),
    path("channels/agreed/", agreed, name="agreed"),
    path("platform/", platform_site.urls),
]

handler400 = "pms.ops.views.bad_request"
handler403 = "pms.ops.views.forbidden"
handler404 = "pms.ops.views.not_found"
handler500 = "pms.ops.views.server_error"

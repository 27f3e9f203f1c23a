"""Below /desk/channels/. One URL per operation."""

from django.urls import URLPattern, path

from pms.frontdesk.channels import acting, casework, views, wizard

urlpatterns: list[URLPattern] = [
    path("", views.overview, name="channels"),
    path("new/", wizard.new, name="channel-new"),
    path("log/", views.log, name="channel-log"),
    path("log/<uuid:code>/", views.exchange, name="channel-exchange"),
    path("cases/", casework.cases, name="channel-cases"),
    path("cases/<uuid:code>/", casework.case, name="channel-case"),
    path("cases/<uuid:code>/resolve/", casework.resolve, name="channel-case-resolve"),
    path("cases/<uuid:code>/map/", casework.map_here, name="channel-case-map"),
    path("cases/<uuid:code>/retry/", casework.retry, name="channel-case-retry"),
    path("bookings/<str:code>/", views.booking, name="channel-booking"),
    path("<str:code>/", views.connection, name="channel"),
    path("<str:code>/keys/", wizard.keys, name="channel-keys"),
    path("<str:code>/rooms/", wizard.rooms, name="channel-rooms"),
    path("<str:code>/rooms/fetch/", wizard.fetch, name="channel-fetch"),
    path("<str:code>/preview/", wizard.preview, name="channel-preview"),
    path("<str:code>/calendar/", views.cells, name="channel-cells"),
    path("<str:code>/calendar/<slug:day>/", views.day, name="channel-day"),
    path("<str:code>/compare/", acting.compare_now, name="channel-compare"),
    path("<str:code>/<slug:verb>/", acting.deed, name="channel-deed"),
]

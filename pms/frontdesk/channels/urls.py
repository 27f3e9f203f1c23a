"""Below /desk/channels/. One URL per operation."""

from django.urls import URLPattern, path

from pms.frontdesk.channels import acting, agreeing, casework, views, wizard

urlpatterns: list[URLPattern] = [
    path("", views.overview, name="channels"),
    path("new/", wizard.new, name="channel-new"),
    path("agreed/", agreeing.agreed, name="channel-agreed"),
    path("log/", views.log, name="channel-log"),
    path("log/<uuid:exchange>/", views.exchange, name="channel-exchange"),
    path("cases/", casework.cases, name="channel-cases"),
    path("cases/<uuid:case>/", casework.case, name="channel-case"),
    path("cases/<uuid:case>/resolve/", casework.resolve, name="channel-case-resolve"),
    path("cases/<uuid:case>/map/", casework.map_here, name="channel-case-map"),
    path("cases/<uuid:case>/retry/", casework.retry, name="channel-case-retry"),
    path("bookings/<str:code>/", views.booking, name="channel-booking"),
    path("bookings/<str:code>/report/", acting.report, name="channel-report"),
    path("<str:channel>/", views.connection, name="channel"),
    path("<str:channel>/keys/", wizard.keys, name="channel-keys"),
    path("<str:channel>/agree/", agreeing.agree, name="channel-agree"),
    path("<str:channel>/rooms/", wizard.rooms, name="channel-rooms"),
    path("<str:channel>/rooms/fetch/", wizard.fetch, name="channel-fetch"),
    path("<str:channel>/preview/", wizard.preview, name="channel-preview"),
    path("<str:channel>/calendar/", views.cells, name="channel-cells"),
    path("<str:channel>/calendar/<slug:day>/", views.day, name="channel-day"),
    path("<str:channel>/compare/", acting.compared, name="channel-compare"),
    path("<str:channel>/compare/now/", acting.compare_now, name="channel-compare-now"),
    path("<str:channel>/<slug:verb>/", acting.deed, name="channel-deed"),
]

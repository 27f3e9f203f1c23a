"""The front desk. One URL per operation; one module of views per page."""

from django.urls import URLPattern, URLResolver, include, path

from pms.frontdesk.chart import changing
from pms.frontdesk.chart import views as chart
from pms.frontdesk.explainer import views as explainer
from pms.frontdesk.operations import OPERATIONS
from pms.frontdesk.rates import editing as rates_editing
from pms.frontdesk.rates import views as rates
from pms.frontdesk.views import (
    bookings,
    day,
    documents,
    messages,
    new,
    night_audit,
    operations,
    packing,
    reservation,
    rooms,
    search,
)

app_name = "desk"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", chart.chart, name="chart"),
    path("rows/", chart.chart_rows, name="chart_rows"),
    path("reservations/<str:code>/plan/", changing.plan, name="chart_plan"),
    path("reservations/<str:code>/change/", changing.change, name="chart_change"),
    path("today/", day.today, name="today"),
    path("arrivals/", day.arrivals, name="arrivals"),
    path("departures/", day.departures, name="departures"),
    path("in-house/", day.in_house, name="in_house"),
    path("unassigned/", day.unassigned, name="unassigned"),
    path("unassigned/pack/", packing.pack, name="pack"),
    path("bookings/", bookings.bookings, name="bookings"),
    path("bookings/export/", bookings.export, name="bookings-export"),
    path("bookings/<str:code>/", reservation.booking, name="booking"),
    path("questions/", messages.questions, name="questions"),
    path("questions/<uuid:question>/answered/", messages.question_answered, name="question-answered"),
    path("reservations/<str:code>/", reservation.reservation, name="reservation"),
    path("reservations/<str:code>/sheet/", reservation.sheet, name="reservation-sheet"),
    path("reservations/<str:code>/details/", reservation.details, name="reservation-details"),
    path("reservations/<str:code>/guest/", reservation.guest, name="reservation-guest"),
    *(
        path(f"reservations/<str:code>/{verb}/", operations.operation, {"verb": verb}, name=f"reservation-{verb}")
        for verb in OPERATIONS
    ),
    path("new/", new.new, name="new"),
    path("new/guests/", new.guests, name="new-guests"),
    path("rates/explain/", explainer.price_explainer, name="price-explainer"),
    path("search/", search.search, name="search"),
    path("rooms/", rooms.rooms, name="rooms"),
    path("rooms/<str:number>/condition/", rooms.condition, name="room-condition"),
    path("rooms/<str:number>/close/", rooms.close, name="room-close"),
    path("closures/<uuid:closure>/release/", rooms.release, name="closure-release"),
    path("rates/", rates.rates, name="rates"),
    path("rates/bulk/", rates_editing.bulk, name="rates-bulk"),
    path("rates/cell/", rates_editing.cell, name="rates-cell"),
    path("rates/preview/", rates_editing.preview, name="rates-preview"),
    path("rates/save/", rates_editing.save, name="rates-save"),
    path("rates/undo/", rates_editing.undo, name="rates-undo"),
    path("rates/", include("pms.frontdesk.ratefiles.urls")),
    path("", include("pms.frontdesk.money.urls")),
    path("documents/<str:code>/pdf/", documents.pdf, name="document-pdf"),
    path("documents/<str:code>/xml/", documents.xml, name="document-xml"),
    path("prints/<uuid:code>/pdf/", documents.printed, name="print-pdf"),
    path("books/", include("pms.frontdesk.books.urls")),
    path("channels/", include("pms.frontdesk.channels.urls")),
    path("night-audit/", night_audit.audit, name="night-audit"),
]

"""Below /desk/books/. One URL per operation."""

from django.urls import URLPattern, path

from pms.frontdesk.books import changing, exporting, views

urlpatterns: list[URLPattern] = [
    path("", views.overview, name="books"),
    path("trial-balance/", views.trial, name="books-trial"),
    path("accounts/<str:code>/", views.account, name="books-account"),
    path("journal/", views.journal_page, name="books-journal"),
    path("entries/<uuid:entry>/", views.entry_page, name="books-entry"),
    path("revenue/", views.revenue, name="books-revenue"),
    path("vat/", views.vat, name="books-vat"),
    path("city-tax/", views.city_tax, name="books-city-tax"),
    path("open-items/", views.open_page, name="books-open"),
    path("exchange-rates/", changing.rates, name="books-rates"),
    path("close/", changing.close, name="books-close"),
    path("reopen/", changing.reopen, name="books-reopen"),
    path("export/datev/", exporting.datev, name="books-datev"),
    path("export/<str:what>/<str:kind>/", exporting.send, name="books-export"),
]

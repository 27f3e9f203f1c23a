"""Addresses of the money at the desk: nouns, then a verb."""

from django.urls import URLPattern, path

from pms.frontdesk.money import views
from pms.frontdesk.money.actions import FOLIO_ACTIONS, STAY_ACTIONS

urlpatterns: list[URLPattern] = [
    path("folios/", views.folios, name="folios"),
    path("folios/house-account/", views.house_account, name="house-account"),
    path("folios/<str:code>/", views.folio, name="folio"),
    path("folios/<str:code>/print/", views.folio_print, name="folio-print"),
    *(
        path(f"folios/<str:code>/{verb}/", views.folio_action, {"verb": verb}, name=f"folio-{verb}")
        for verb in FOLIO_ACTIONS
    ),
    path("reservations/<str:code>/payments/", views.stay_payments, name="stay-payments"),
    *(
        path(f"reservations/<str:code>/payments/{verb}/", views.stay_action, {"verb": verb}, name=f"stay-money-{verb}")
        for verb in STAY_ACTIONS
    ),
]

"""Addresses of the money at the desk: nouns, then a verb."""

from django.urls import URLPattern, path

from pms.frontdesk.money import paper_views, views
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
    path("folios/<str:code>/lines/<int:number>/receipt/", paper_views.receipt_of, name="folio-receipt"),
    path("payments/<uuid:payment>/refund/", paper_views.refund, name="payment-refund"),
    path("links/<uuid:link>/revoke/", paper_views.link_revoke, name="link-revoke"),
    path("documents/<str:code>/credit/", paper_views.credit, name="document-credit"),
    path("reservations/<str:code>/registration-card/", paper_views.registration_card, name="registration-card"),
    path("reservations/<str:code>/payments/", views.stay_payments, name="stay-payments"),
    *(
        path(f"reservations/<str:code>/payments/{verb}/", views.stay_action, {"verb": verb}, name=f"stay-money-{verb}")
        for verb in STAY_ACTIONS
    ),
]

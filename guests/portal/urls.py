from django.urls import path

from guests.portal.views import asking, booking, changing, finding, papers, paying

app_name = "portal"
urlpatterns = [
    path("my-booking/", finding.find, name="find"),
    path("manage/<str:token>/", booking.overview, name="booking"),
    path("manage/<str:token>/ask/", asking.ask, name="ask"),
    path("manage/<str:token>/calendar.ics", papers.calendar, name="calendar"),
    path("manage/<str:token>/confirmation.pdf", papers.confirmation, name="confirmation"),
    path("manage/<str:token>/documents/<str:document>/", papers.document, name="document"),
    path("manage/<str:token>/rooms/<str:code>/pay/", paying.pay, name="pay"),
    path("manage/<str:token>/rooms/<str:code>/paid/<uuid:link>/", paying.paid, name="paid"),
    path("manage/<str:token>/rooms/<str:code>/change/", changing.change, name="change"),
    path("manage/<str:token>/rooms/<str:code>/guests/", changing.guests, name="guests"),
    path("manage/<str:token>/rooms/<str:code>/requests/", changing.requests, name="requests"),
    path("manage/<str:token>/rooms/<str:code>/cancel/", changing.cancel, name="cancel"),
]

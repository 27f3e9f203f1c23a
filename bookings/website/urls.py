from django.urls import path

from bookings.website.views import calendar, search

app_name = "website"
urlpatterns = [
    path("booking/search/", search.search_page, name="search"),
    path("booking/property/<slug:code>/calendar/", calendar.calendar_page, name="calendar"),
]

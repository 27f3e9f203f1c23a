from django.urls import path

from bookings.website import embed, seo
from bookings.website.views import calendar, pages, search

app_name = "website"
urlpatterns = [
    path("", pages.home, name="home"),
    path("booking/search/", search.search_page, name="search"),
    path("booking/property/<str:code>/", pages.property_page, name="property"),
    path("booking/property/<str:code>/rooms/<str:type_code>/", pages.room_type_page, name="room_type"),
    path("booking/property/<slug:code>/calendar/", calendar.calendar_page, name="calendar"),
    path("embed/<str:code>/", embed.widget, name="embed"),
    path("sitemap.xml", seo.sitemap, name="sitemap"),
    path("robots.txt", seo.robots, name="robots"),
]

from django.urls import path

from bookings.website import seo, views

app_name = "website"
urlpatterns = [
    path("", views.home, name="home"),
    path("booking/property/<str:code>/", views.property_page, name="property"),
    path("booking/property/<str:code>/rooms/<str:type_code>/", views.room_type_page, name="room_type"),
    path("sitemap.xml", seo.sitemap, name="sitemap"),
    path("robots.txt", seo.robots, name="robots"),
]

"""Our own calendars, for whoever knows the address."""

from django.urls import path

from channels.calendars import views

app_name = "calendars"
urlpatterns = [
    path("<str:token>.ics", views.file, name="file"),
]

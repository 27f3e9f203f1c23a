"""Signing in, second factors, sessions: allauth's pages, and preferences."""

from django.urls import include, path

from pms.accounts import views

urlpatterns = [
    path("preferences/", views.preferences, name="account_preferences"),
    path("", include("allauth.urls")),
]

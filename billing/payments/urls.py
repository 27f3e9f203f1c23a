from django.urls import path

from billing.payments import views

app_name = "payments"
urlpatterns = [
    path("<str:token>/", views.pay, name="pay"),
    path("<str:token>/go/", views.go, name="go"),
    path("<str:token>/back/", views.back, name="back"),
    path("<str:token>/cancelled/", views.cancelled, name="cancelled"),
]

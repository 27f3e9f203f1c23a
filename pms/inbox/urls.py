from django.urls import path

from pms.inbox import views

app_name = "inbox"
urlpatterns = [path("<slug:provider>/<str:token>/", views.hook, name="hook")]

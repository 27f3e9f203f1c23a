"""Who may do what."""

from django.urls import path

from pms.access import views

app_name = "access"
urlpatterns = [
    path("matrix/", views.matrix, name="matrix"),
    path("roles/new/", views.role_edit, name="role_new"),
    path("roles/<slug:code>/", views.role_edit, name="role"),
    path("roles/<slug:code>/remove/", views.role_delete, name="role_remove"),
    path("people/invite/", views.invite, name="invite"),
    path("people/<uuid:public_id>/", views.person, name="person"),
    path("people/<uuid:public_id>/end/", views.grant_finish, name="grant_end"),
    path("people/<uuid:public_id>/leave/", views.leave, name="leave"),
    path("invitations/<uuid:public_id>/withdraw/", views.invitation_withdraw, name="invitation_withdraw"),
    path("join/<str:token>/", views.join, name="join"),
]

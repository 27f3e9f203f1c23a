"""What people manage about themselves beside what allauth has pages for."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from pms.accounts.forms import PreferencesForm
from pms.accounts.models import User
from pms.tenants.workplaces import workplaces_of


@login_required
def preferences(request: HttpRequest) -> HttpResponse:
    """Show and change name and language."""
    if not isinstance(request.user, User):
        return redirect("account_login")
    form = PreferencesForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        user = form.save()
        messages.success(request, "Saved.")
        response: HttpResponse = redirect("account_preferences")
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, user.language, max_age=365 * 86400, samesite="Lax")
        return response
    context = {"form": form, "organizations": workplaces_of(request)}
    return render(request, "account/preferences.html", context, status=422 if form.errors else 200)

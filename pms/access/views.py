"""Who may do what: the matrix, roles, people, invitations; and the page an invitation leads to."""

from collections.abc import Callable
from uuid import UUID

from allauth.account.utils import perform_login
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pms.access.forms import GrantForm, InviteForm, RoleForm
from pms.access.guards import access_of, actor_of, client_ip, permitted, user_of
from pms.access.models import Grant, Role
from pms.access.places import places
from pms.access.selectors import permission_matrix
from pms.access.services import (
    grant_create,
    grant_end,
    invitation_accept,
    invitation_revoke,
    person_invite,
    person_leave,
    role_remove,
    role_save,
)
from pms.access.services.people import actor_accepting
from pms.access.sites import hotel_site
from pms.accounts.forms import JoinForm
from pms.accounts.models import User
from pms.accounts.selectors import invitation_behind, invitations_here, users_here
from pms.kernel.errors import DomainError

RETIRED = 410


def refused(form: Form, error: DomainError) -> None:
    """Show a service's refusal at the field it concerns, or above the form."""
    form.add_error(error.field if error.field in form.fields else None, error.message)


def attempt(request: HttpRequest, action: Callable[[], object], done: str) -> None:
    """Do it and say so, or say why not: for buttons that have no form to show a refusal in."""
    try:
        action()
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, done)


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Send everybody to where their work is: the desk, or the back office while there is nothing to sell yet."""
    user_of(request)
    if places() and access_of(request).allows("desk.view"):
        return redirect("desk:chart")
    if hotel_site.has_permission(request):
        return redirect("hotel:index")
    return render(request, "access/nothing_yet.html")


@require_GET
@permitted("access.manage")
def matrix(request: HttpRequest) -> HttpResponse:
    """Show the registry against the roles, who holds what where, and who is invited."""
    context = {"matrix": permission_matrix(), "may_edit_roles": access_of(request).allows("access.roles")}
    return render(request, "access/matrix.html", context)


@require_http_methods(["GET", "POST"])
@permitted("access.roles")
def role_edit(request: HttpRequest, code: str = "") -> HttpResponse:
    """Make a role of the organization's own, or change one."""
    role = get_object_or_404(Role, code=code) if code else None
    initial = {"name": role.name, "permissions": role.permissions} if role else None
    form = RoleForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        name, permissions = form.cleaned_data["name"], form.cleaned_data["permissions"]
        new_code = code or slugify(name).replace("-", "_")[:40]
        try:
            if not code and Role.objects.filter(code=new_code).exists():
                form.add_error("name", "There is a role of this name already.")
            else:
                role_save(code=new_code, name=name, permissions=permissions, actor=actor_of(request))
                messages.success(request, f"Saved the role {name}.")
                return redirect("access:matrix")
        except DomainError as error:
            refused(form, error)
    return render(request, "access/role.html", {"form": form, "role": role}, status=422 if form.errors else 200)


@require_POST
@permitted("access.roles")
def role_delete(request: HttpRequest, code: str) -> HttpResponse:
    """Remove a role nobody ever held."""
    role = get_object_or_404(Role, code=code)
    attempt(request, lambda: role_remove(role=role, actor=actor_of(request)), f"Removed the role {role.name}.")
    return redirect("access:matrix")


@require_http_methods(["GET", "POST"])
@permitted("access.manage")
def invite(request: HttpRequest) -> HttpResponse:
    """Invite somebody; the mail follows, the link is on the matrix page as well."""
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            person_invite(**form.cleaned_data, base_url=request.build_absolute_uri("/"), actor=actor_of(request))
        except DomainError as error:
            refused(form, error)
        except ValidationError as error:
            form.add_error("email", error)
        else:
            messages.success(request, f"Invited {form.cleaned_data['email']}.")
            return redirect("access:matrix")
    return render(request, "access/invite.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@permitted("access.manage")
def person(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show what somebody holds here and give them another role."""
    user = get_object_or_404(users_here(), public_id=public_id)
    form = GrantForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            grant_create(user=user, **form.cleaned_data, actor=actor_of(request))
        except DomainError as error:
            refused(form, error)
        else:
            messages.success(request, f"{user} is now {form.cleaned_data['role'].name} there.")
            return redirect("access:person", public_id=public_id)
    shown = next((row for row in permission_matrix().people if row.public_id == str(public_id)), None)
    return render(request, "access/person.html", {"form": form, "person": shown}, status=422 if form.errors else 200)


@require_POST
@permitted("access.manage")
def grant_finish(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take a role away from somebody; the form names role and property."""
    grant = get_object_or_404(
        Grant.objects.select_related("user", "role"),
        user__public_id=public_id,
        role__code=request.POST.get("role", ""),
        property_code=request.POST.get("property_code", ""),
        ended_at=None,
    )
    done = f"{grant.user} is no longer {grant.role.name} there."
    attempt(request, lambda: grant_end(grant=grant, actor=actor_of(request)), done)
    return redirect("access:person", public_id=public_id)


@require_POST
@permitted("access.manage")
def leave(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """End everything somebody holds here."""
    user: User = get_object_or_404(users_here(), public_id=public_id)
    reason = request.POST.get("reason", "")[:200]
    done = f"{user} does not work here any more."
    attempt(request, lambda: person_leave(user=user, actor=actor_of(request), reason=reason), done)
    return redirect("access:matrix")


@require_POST
@permitted("access.manage")
def invitation_withdraw(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Make the link of an invitation worthless."""
    invitation = get_object_or_404(invitations_here(), public_id=public_id)
    done = f"Withdrew the invitation of {invitation.email}."
    attempt(request, lambda: invitation_revoke(invitation=invitation, actor=actor_of(request)), done)
    return redirect("access:matrix")


@never_cache
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Let an invited person in: a new one chooses name and password, anybody else confirms and signs in."""
    invitation = invitation_behind(token=token)
    if invitation is None:
        return render(request, "access/join_closed.html", status=RETIRED)
    known = User.objects.filter(email=invitation.email).exists()
    form = JoinForm(request.POST or None, email=invitation.email)
    if request.method == "POST" and (known or form.is_valid()):
        actor = actor_accepting(invitation, ip=client_ip(request), user_agent=request.headers.get("User-Agent", ""))
        chosen = {} if known else form.cleaned_data
        user = invitation_accept(invitation=invitation, **chosen, actor=actor)
        messages.success(request, f"Welcome to {invitation.organization.name}.")
        if known:
            return redirect("account_login")
        answer: HttpResponse = perform_login(request, user, email_verification="none", redirect_url="/")
        return answer
    context = {"form": form, "invitation": invitation, "known": known}
    return render(request, "access/join.html", context, status=422 if request.method == "POST" else 200)

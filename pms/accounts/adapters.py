"""How allauth behaves here."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from pms.accounts.models import User
from pms.accounts.selectors import works_here
from pms.kernel.tenancy import tenant_connection


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up by themselves: people are invited."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Refuse sign-up."""
        return False

    def pre_login(self, request: HttpRequest, user: User, **arguments: Any) -> HttpResponse | None:
        """Stop a user who does not work for this organization, whichever way they proved who they are."""
        refused: HttpResponse | None = super().pre_login(request, user, **arguments)
        if refused is None and not works_here(user=user):
            refused = render(
                request, "account/not_a_member.html", {"organization": tenant_connection.tenant}, status=403
            )
        return refused

"""The account's form: secrets are typed in and never come back."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from billing.payments.keys import NAMES
from billing.payments.models import PaymentAccount

LABELS = {"secret_key": "Secret key", "webhook_secret": "Webhook signing secret"}


class CurrencyListField(forms.CharField):
    """Currency codes with commas between."""

    def prepare_value(self, value: Any) -> Any:
        """Show a list as text."""
        return ", ".join(value) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> list[str]:
        """Return the codes, in capitals."""
        text = super().clean(value) or ""
        return [code.strip().upper() for code in text.replace(";", ",").split(",") if code.strip()]


class AccountForm(forms.ModelForm[PaymentAccount]):
    """An account. An empty secret leaves the one that is there."""

    currencies = CurrencyListField(
        required=False, widget=UnfoldAdminTextInputWidget, help_text="Such as EUR, USD; empty: the legal entity's own."
    )
    secret_key = forms.CharField(required=False, max_length=400, label=LABELS["secret_key"])
    webhook_secret = forms.CharField(required=False, max_length=400, label=LABELS["webhook_secret"])

    class Meta:
        model = PaymentAccount
        fields = (
            "name", "code", "entity", "property", "provider", "method", "mode", "public_key", "connected_account",
            "webhook_id", "currencies", "is_active", "position",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Say of each secret when it was set and how it ends; show none of it."""
        super().__init__(*args, **kwargs)
        for name in NAMES:
            if name in self.fields:
                field = self.fields[name]
                field.widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}, render_value=False)
                field.help_text = hint(self.instance, name)

    def secrets(self) -> dict[str, str]:
        """Return the secrets that were typed."""
        return {name: self.cleaned_data.get(name) or "" for name in NAMES}


def hint(account: PaymentAccount, name: str) -> str:
    """Return what may be said of a secret: when it was set, and its last characters."""
    known = (account.hints or {}).get(name)
    if not known:
        return "Not set."
    ends = f", ends in {known['ends_in']}" if known["ends_in"] else ""
    return f"Set on {known['set_on']}{ends}. Leave it empty to keep it."

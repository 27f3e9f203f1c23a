"""What is typed on the pages of the books."""

from typing import Any

from django import forms

from billing.ledger.enums import EntryKind
from billing.ledger.models import Account, LegalEntity
from billing.ledger.reports import JournalFilters
from pms.frontdesk.forms.fields import DateField

MOST_BYTES = 1_000_000


class JournalForm(forms.Form):
    """Which entries of the journal."""

    kind = forms.ChoiceField(required=False, choices=[("", "Every kind"), *EntryKind.choices])
    account = forms.ChoiceField(required=False)
    place = forms.ChoiceField(required=False)
    tax = forms.CharField(required=False, max_length=32)
    percent = forms.CharField(required=False, max_length=12)
    q = forms.CharField(required=False, max_length=120)

    def __init__(self, *args: Any, entity: LegalEntity, places: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        accounts = Account.objects.filter(entity=entity).values_list("code", "name")
        choices = {"account": [("", "Every account"), *((code, f"{code} {name}") for code, name in accounts)]}
        choices["place"] = [("", "Every property"), *places]
        for name, rows in choices.items():
            self.fields[name].choices = rows  # type: ignore[attr-defined]

    def filters(self) -> JournalFilters:
        """Return the filters; what makes no sense filters nothing."""
        self.is_valid()
        given = self.cleaned_data
        return JournalFilters(
            kind=given.get("kind", ""),
            account=given.get("account", ""),
            property_code=given.get("place", ""),
            tax=given.get("tax", ""),
            percent=given.get("percent", ""),
            text=given.get("q", ""),
        )


class CloseForm(forms.Form):
    """Through which day the books are closed."""

    through = DateField(label="Close through")


class ReopenForm(forms.Form):
    """After which day the books are open again, and why."""

    through = DateField(label="Stay closed through", required=False, help_text="Empty: everything is opened.")
    reason = forms.CharField(label="Why", max_length=200)


class RateForm(forms.Form):
    """What one unit of a currency was worth in another on a day."""

    day = DateField(label="Day")
    per = forms.CharField(label="One", max_length=3, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    rate = forms.DecimalField(label="is", max_digits=18, decimal_places=8, localize=False)
    currency = forms.CharField(label="of", max_length=3, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    source = forms.CharField(label="On whose word", max_length=80)

    def clean_per(self) -> str:
        """Return the currency in capitals."""
        return str(self.cleaned_data["per"]).upper()

    def clean_currency(self) -> str:
        """Return the currency in capitals."""
        return str(self.cleaned_data["currency"]).upper()


class RatesFileForm(forms.Form):
    """A file of rates."""

    file = forms.FileField(
        label="CSV with the columns date, per, currency, rate, source",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
        error_messages={"required": "Choose a file."},
    )

    def text(self) -> str:
        """Return the content."""
        content: bytes = self.cleaned_data["file"].read(MOST_BYTES + 1)
        return content.decode("utf-8-sig", errors="replace")

    def clean_file(self) -> Any:
        """Refuse what is too large before it is read."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError("The file is larger than 1 MB.")
        return file

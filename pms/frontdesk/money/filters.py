"""The filters of the list of folios, read from the address."""

from django import forms

from pms.frontdesk.money.listing import KINDS, LEDGERS, ORDERS, SHOWS, FolioFilters


class FolioFilterForm(forms.Form):
    """Every field is optional; what makes no sense narrows nothing."""

    q = forms.CharField(required=False, max_length=120)
    show = forms.ChoiceField(choices=SHOWS, required=False, label="Show")
    kind = forms.ChoiceField(choices=KINDS, required=False, label="Payer")
    ledger = forms.ChoiceField(choices=LEDGERS, required=False, label="Ledger")
    order = forms.CharField(required=False)

    def filters(self) -> FolioFilters:
        """Return what the list is narrowed to. Who searches by word looks everywhere unless told otherwise."""
        self.is_valid()
        given = {name: self.cleaned_data.get(name) or "" for name in self.fields}
        order = given["order"] if given["order"] in ORDERS else "-balance"
        show = given["show"] or ("all" if given["q"] else "balance")
        return FolioFilters(text=given["q"], show=show, kind=given["kind"], ledger=given["ledger"], order=order)

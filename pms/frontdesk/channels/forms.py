"""The forms of the wizard, of cases and of the log."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from bookings.rates.enums import Source
from bookings.rates.models import RatePlan
from channels.adapters.base import Facts, Question
from channels.connections.models import MOST_DAYS, Connection, RateLink, RoomLink
from channels.connections.selectors import Suggestion
from channels.connections.services import Wanted
from channels.sync.enums import CaseKind, Direction, Resolution
from channels.sync.selectors import LogFilter
from guests.profiles.models import Company
from pms.properties.models import RoomType

NOT_MAPPED = "Not mapped"
#: Prefixes of the fields that a channel's own questions become.
KEY, ANSWER = "key_", "set_"


class KeysForm(forms.Form):
    """A channel's name here, its number of the hotel, its keys (typed, never shown) and what else it asks for."""

    name = forms.CharField(max_length=80, required=False, help_text="What it is called on these pages.")
    account = forms.CharField(max_length=64, label="Hotel id", help_text="The channel's own number of the hotel.")

    def __init__(self, *args: Any, facts: Facts, connection: Connection | None, **options: Any) -> None:
        self.facts, self.connection = facts, connection
        super().__init__(*args, **options)
        self.fields["name"].widget.attrs["placeholder"] = facts.label
        self.fields["account"].label = f"{facts.account_word.capitalize()} id"
        self.fields["account"].help_text = f"{facts.label}'s own number of the {facts.account_word}."
        hints = connection.hints if connection else {}
        for question in (each for each in facts.credentials if not each.agreed):
            self.fields[KEY + question.name] = _asked(question, known=hints.get(question.name))
        settings = connection.settings if connection else {}
        for question in facts.settings:
            field = _asked(question, known=None)
            field.initial = settings.get(question.name, question.default)
            self.fields[ANSWER + question.name] = field
        if connection is not None:
            self.initial = {"name": connection.name, "account": connection.account, **self.initial}

    @property
    def own_fields(self) -> list[forms.BoundField]:
        """Name and hotel."""
        return [self["name"], self["account"]]

    @property
    def key_fields(self) -> list[forms.BoundField]:
        """The keys."""
        return [self[name] for name in self.fields if name.startswith(KEY)]

    @property
    def setting_fields(self) -> list[forms.BoundField]:
        """What else the channel asks for."""
        return [self[name] for name in self.fields if name.startswith(ANSWER)]

    def keys(self) -> dict[str, str]:
        """Return the keys that were typed."""
        return self._part(KEY)

    def answers(self) -> dict[str, str]:
        """Return the settings."""
        return self._part(ANSWER)

    def _part(self, prefix: str) -> dict[str, str]:
        return {
            name.removeprefix(prefix): value
            for name, value in self.cleaned_data.items()
            if name.startswith(prefix) and value
        }

    def field_for(self, name: str | None) -> str | None:
        """Return the field that shows a refusal about an answer of this name."""
        return next((each for each in (name, KEY + str(name), ANSWER + str(name)) if each in self.fields), None)


def _asked(question: Question, *, known: dict[str, str] | None) -> forms.Field:
    """Return the field of a question. A key that is there may be left empty; it is told apart by its end alone."""
    words = [question.help]
    if known is not None:
        ends = f", ends in {known['ends_in']}" if known.get("ends_in") else ""
        words.append(f"Set{_on(known.get('set_on', ''))}{ends}. Empty keeps it.")
    options: dict[str, Any] = {
        "label": question.label,
        "required": question.required and known is None and not question.default,
        "help_text": " ".join(word for word in words if word),
    }
    if question.choices:
        return forms.ChoiceField(choices=question.choices, **options)
    if question.secret:
        widget: forms.Widget = forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"})
    else:
        widget = forms.TextInput(attrs={"autocomplete": "off"})
    return forms.CharField(widget=widget, max_length=2000, **options)


def _on(day: str) -> str:
    return f" on {date.fromisoformat(day):%-d %b %Y}" if day else ""


class TermsForm(forms.ModelForm[Connection]):
    """What is told, to whom it is sold as, and what takes bookings that nobody mapped."""

    class Meta:
        model = Connection
        fields = ("fallback_type", "fallback_plan", "sold_as", "company", "keep_back", "days_ahead")
        labels = {
            "fallback_type": "Room type for rooms nobody mapped",
            "fallback_plan": "Rate plan for rates nobody mapped",
            "sold_as": "Prices go out as those of",
            "company": "Terms of",
            "days_ahead": "Days ahead",
        }
        help_texts = {"sold_as": "Markups and plans of this source hold; bookings that name no other are its own."}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        place = self.instance.property
        for name, rows in (
            ("fallback_type", RoomType.objects.filter(property=place, retired_at=None)),
            ("fallback_plan", RatePlan.objects.filter(property=place, retired_at=None)),
        ):
            field = self.fields[name]
            if isinstance(field, forms.ModelChoiceField):
                field.queryset, field.required, field.empty_label = rows, True, "Choose"
        company = self.fields["company"]
        if isinstance(company, forms.ModelChoiceField):
            company.queryset, company.empty_label = Company.objects.order_by("name"), "Nobody's: as each booking says"
        self.fields["sold_as"] = forms.ChoiceField(
            choices=Source.choices, label=self.fields["sold_as"].label, help_text=self.fields["sold_as"].help_text,
        )  # fmt: skip
        self.fields["days_ahead"].widget.attrs |= {"min": 1, "max": MOST_DAYS}


class LinkRow:
    """A room or rate of the channel's with the choice of what it is here; `is_suggested` when only its name says so."""

    def __init__(self, link: RoomLink | RateLink, field: forms.BoundField | None, *, is_suggested: bool) -> None:
        self.link, self.field, self.is_suggested = link, field, is_suggested


class MappingForm(forms.Form):
    """Which of the channel's rooms and rates are which of ours; suggestions are filled in and not yet saved."""

    def __init__(
        self, *args: Any, links: Sequence[RoomLink], found: Suggestion, connection: Connection, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        place = connection.property
        self.types = {row.code: row for row in RoomType.objects.filter(property=place, retired_at=None)}
        self.plans = {row.code: row for row in RatePlan.objects.filter(property=place, retired_at=None)}
        types = [("", NOT_MAPPED), *((row.code, row.name) for row in self.types.values())]
        plans = [("", NOT_MAPPED), *((row.code, row.name) for row in self.plans.values())]
        self.links = links
        self.suggested: set[str] = set()
        for link in links:
            self._choice(f"room_{link.room_id}", types, link.room_type, found.rooms.get(link.pk), str(link))
            for rate in link.rate_links.all():
                if not rate.read_only:
                    name = f"rate_{link.room_id}_{rate.rate_id}"
                    self._choice(name, plans, rate.rate_plan, found.rates.get(rate.pk), f"{rate} of {link}")

    def _choice(self, name: str, choices: list[tuple[str, str]], has: Any, suggested: Any, label: str) -> None:
        if has is not None and has.code not in dict(choices):
            choices = [*choices, (has.code, f"{has.name} (not sold any more)")]
        field = forms.ChoiceField(choices=choices, required=False, label=label)
        field.initial = has.code if has else suggested.code if suggested else ""
        self.fields[name] = field
        if has is None and suggested is not None:
            self.suggested.add(name)

    @property
    def rows(self) -> list[tuple[LinkRow, list[LinkRow]]]:
        """Each room with its rates."""
        return [
            (self._row(link, f"room_{link.room_id}"),
             [self._row(rate, f"rate_{link.room_id}_{rate.rate_id}") for rate in link.rate_links.all()])
            for link in self.links
        ]  # fmt: skip

    def _row(self, link: RoomLink | RateLink, name: str) -> LinkRow:
        return LinkRow(link, self[name] if name in self.fields else None, is_suggested=name in self.suggested)

    def wanted(self) -> Wanted:
        """Return what was chosen. What is not sold any more stays as it is."""
        rooms: dict[int, RoomType | None] = {}
        rates: dict[int, RatePlan | None] = {}
        for link in self.links:
            code = self.cleaned_data[f"room_{link.room_id}"]
            if not code or code in self.types:
                rooms[link.pk] = self.types.get(code)
            for rate in link.rate_links.all():
                chosen = self.cleaned_data.get(f"rate_{link.room_id}_{rate.rate_id}")
                if chosen is not None and (not chosen or chosen in self.plans):
                    rates[rate.pk] = self.plans.get(chosen)
        return Wanted(rooms, rates)


class LiveForm(forms.Form):
    """The yes without which nothing opens at the channel (T71)."""

    agreed = forms.BooleanField(error_messages={"required": "Tick that the channel may be told this."})


class ReasonForm(forms.Form):
    """Why, in a few words, for the audit."""

    reason = forms.CharField(max_length=200, required=False)


class ResolveForm(forms.Form):
    """What became of a case."""

    resolution = forms.ChoiceField(
        label="What became of it",
        choices=[(row.value, row.label) for row in Resolution if row is not Resolution.BY_ITSELF],
    )
    note = forms.CharField(
        max_length=200, required=False, label="Note",
        widget=forms.TextInput(attrs={"autocomplete": "off"}), help_text="For whoever reads it later.",
    )  # fmt: skip


class MapHereForm(forms.Form):
    """What the room or the rate of a case is here."""

    room_type = forms.ModelChoiceField(queryset=RoomType.objects.none(), to_field_name="code", required=False)
    rate_plan = forms.ModelChoiceField(queryset=RatePlan.objects.none(), to_field_name="code", required=False)

    def __init__(self, *args: Any, connection: Connection, is_room: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, rows in (
            ("room_type", RoomType.objects.filter(property=connection.property, retired_at=None)),
            ("rate_plan", RatePlan.objects.filter(property=connection.property, retired_at=None)),
        ):
            field = self.fields[name]
            if isinstance(field, forms.ModelChoiceField):
                field.queryset, field.empty_label = rows, "Choose"
        wanted, other = ("room_type", "rate_plan") if is_room else ("rate_plan", "room_type")
        self.fields[wanted].required = True
        del self.fields[other]

    @property
    def choice(self) -> forms.BoundField:
        """The one field that is asked."""
        return self[next(iter(self.fields))]


class LogForm(forms.Form):
    """What of the log is shown; what makes no sense is left out."""

    connection = forms.CharField(required=False)
    direction = forms.CharField(required=False)
    what = forms.CharField(required=False)
    failures = forms.BooleanField(required=False)
    before = forms.DateTimeField(required=False, input_formats=["%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%dT%H:%M:%S%z"])

    directions = Direction.choices

    def filters(self) -> LogFilter:
        """Return the filters."""
        self.is_valid()
        given = self.cleaned_data
        return LogFilter(
            connection=_clean(given.get("connection")),
            direction=_clean(given.get("direction")),
            what=_clean(given.get("what")),
            only_failures=bool(given.get("failures")),
        )


def _clean(text: str | None) -> str:
    return (text or "").replace("\x00", "")[:64]


CASE_KINDS = CaseKind.choices

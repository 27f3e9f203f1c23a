"""A cashier who takes, gives back, moves and forgives money in any order, beside a desk that does anything."""

from typing import Any
from uuid import uuid4

from django.db import connection
from django.db.models import Sum
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from billing.folios.enums import PostingKind
from billing.folios.models import Article, Folio, Posting
from billing.folios.services import (
    allowance_post,
    article_post,
    city_ledger_move,
    folio_close,
    folio_merge,
    folio_open,
    main_folio,
    payment_post,
    transfer,
)
from billing.ledger.enums import Role
from billing.ledger.models import Line
from billing.ledger.services import Draft
from tests.house import TESTER

PICK = st.integers(0, 1_000)
AMOUNT = st.integers(1, 60_000)


class Cashier:
    """The rules of money for a state machine that has a place, reservations and a way to attempt things."""

    def folio(self: Any, pick: int) -> Folio:
        found = list(Folio.objects.filter(property=self.place).select_related("property", "entity").order_by("pk"))
        return found[pick % len(found)] if found else main_folio(reservation=self.some(pick))

    def line(self: Any, pick: int) -> Posting | None:
        found = list(
            Posting.objects.filter(folio__property=self.place).select_related("folio__property").order_by("pk")
        )
        return found[pick % len(found)] if found else None

    @rule(pick=PICK, amount_minor=AMOUNT, back=st.booleans())
    def money_moves(self: Any, pick: int, amount_minor: int, back: bool) -> None:
        def deed() -> None:
            folio = main_folio(reservation=self.some(pick)) if pick % 3 else self.folio(pick)
            sign = -1 if back else 1
            payment_post(
                folio=folio,
                amount_minor=amount_minor,
                contra=[Draft(Role.CLEARING, sign * amount_minor, folio.currency, key="cash")],
                source=f"cash:{uuid4()}",
                text="Cash",
                refund=back,
                actor=TESTER,
            )

        self.attempt("refund" if back else "pay", deed)

    @rule(pick=PICK, price_minor=st.integers(0, 5_000), quantity=st.integers(1, 3))
    def something_is_sold(self: Any, pick: int, price_minor: int, quantity: int) -> None:
        article, _ = Article.objects.get_or_create(
            property=self.place, code="WINE", defaults={"name": "Wine", "component": "beverages", "price_minor": 900}
        )
        self.attempt(
            "article",
            lambda: article_post(
                folio=self.folio(pick), article=article, quantity=quantity, unit_minor=price_minor, actor=TESTER
            ),
        )

    @rule(pick=PICK, amount_minor=st.one_of(st.none(), st.integers(1, 9_000)))
    def something_is_forgiven(self: Any, pick: int, amount_minor: int | None) -> None:
        line = self.line(pick)
        if line is not None:
            self.attempt(
                "allowance",
                lambda: allowance_post(posting=line, amount_minor=amount_minor, reason="Noise", actor=TESTER),
            )

    @rule(pick=PICK, other=PICK, amount_minor=st.one_of(st.none(), st.integers(1, 9_000)), all_of_it=st.booleans())
    def somebody_else_pays(self: Any, pick: int, other: int, amount_minor: int | None, all_of_it: bool) -> None:
        line = self.line(pick)
        if line is None:
            return

        def deed() -> None:
            if all_of_it:
                folio_merge(origin=line.folio, into=self.folio(other), actor=TESTER)
            else:
                transfer(postings=[line], to_folio=self.folio(other), amount_minor=amount_minor, actor=TESTER)

        self.attempt("merge" if all_of_it else "transfer", deed)

    @rule(pick=PICK, what=st.sampled_from(["open", "close", "later", "now"]))
    def a_folio_changes(self: Any, pick: int, what: str) -> None:
        deeds: dict[str, Any] = {
            "open": lambda: folio_open(
                property=self.now(), reservation=(row := self.some(pick)), guest=row.guest, actor=TESTER
            ),
            "close": lambda: folio_close(folio=self.folio(pick), actor=TESTER),
            "later": lambda: city_ledger_move(folio=self.folio(pick), actor=TESTER),
            "now": lambda: city_ledger_move(folio=self.folio(pick), back=True, actor=TESTER),
        }
        self.attempt(f"folio: {what}", deeds[what])

    @invariant()
    def the_books_balance(self: Any) -> None:
        """What PostgreSQL asks when a transaction ends, asked at once; and no cent is lost."""
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        assert not Line.objects.values("currency").annotate(sum=Sum("amount_minor")).exclude(sum=0).exists()

    @invariant()
    def nothing_is_given_away(self: Any) -> None:
        """A line is never reduced below nothing by hand."""
        charged = Posting.objects.filter(folio__property=self.place, kind=PostingKind.ALLOWANCE)
        for allowance in charged.select_related("corrects"):
            assert abs(allowance.amount_minor) <= max(_all_of(allowance.corrects), 0)


def _all_of(line: Posting | None) -> int:
    assert line is not None
    given = line.corrections.filter(folio=line.folio_id, kind=PostingKind.CORRECTION).aggregate(sum=Sum("amount_minor"))
    return int(line.amount_minor + max(int(given["sum"] or 0), 0))

"""Lines of a folio as HTML, by string formatting: two hundred of them cost a template twice as much (docs/design.md).

Everything that comes from a person goes through `escape`.
"""

from html import escape

from django.templatetags.static import static
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from billing.folios.enums import PostingKind
from pms.frontdesk.money.reading import Row

WITH_RECEIPT = frozenset({PostingKind.PAYMENT, PostingKind.REFUND})


def row_html(row: Row, *, folio_code: str, can_choose: bool, can_issue: bool) -> SafeString:
    """Return the table row of a line; `can_choose` gives it a box to tick, `can_issue` payments a receipt."""
    looks = " ".join(
        name for name, is_so in (("nested", row.is_nested), ("gone", row.is_gone), ("money-row", row.is_money)) if is_so
    )
    has_box = can_choose and row.can_move
    html = (
        f'<tr class="{looks}"{f" data-row={row.number}" if has_box else ""}>'
        f"{_tick(row, has_box=has_box) if can_choose else ''}"
        f'<td class="what">{_what(row)}{_receipt(row, folio_code) if can_issue else ""}{_inside(row)}</td>'
        f'<td class="number taxes wide-only">{_taxes(row)}</td>'
        f'<td class="number">{row.amount}</td><td class="number faint wide-only">{row.running}</td></tr>'
    )
    return mark_safe(html)  # noqa: S308 - what people wrote was escaped piece by piece


def _tick(row: Row, *, has_box: bool) -> str:
    if not has_box:
        return '<td class="tick"></td>'
    label = escape(f"{row.text}, {row.amount}")
    return (
        f'<td class="tick"><input type="checkbox" name="line" value="{row.number}" data-row-key="x"'
        f' data-left="{row.left_minor}" aria-label="{label}"></td>'
    )


def _what(row: Row) -> str:
    said = []
    if row.is_nested:
        said.append(
            '<svg class="icon small" aria-hidden="true" focusable="false">'
            f'<use href="{static("icons.svg")}#corner-up-right"></use></svg>'
        )
    said.append(f'<span class="text">{escape(row.text)}</span>')
    if row.how:
        said.append(f' <span class="faint">{escape(row.how)}</span>')
    if row.note:
        note = escape(row.note)
        said.append(f' <span class="quiet note-text">{f"“{note}”" if row.is_nested else note}</span>')
    if row.left:
        said.append(f' <span class="left">{escape(row.left)}</span>')
    return "".join(said)


def _receipt(row: Row, folio_code: str) -> str:
    if row.kind not in WITH_RECEIPT:
        return ""
    address = reverse("desk:folio-receipt", args=[folio_code, row.number])
    return (
        f' <button type="submit" form="receipts" class="link receipt no-print" formaction="{address}">Receipt'
        f'<span class="visually-hidden"> of {escape(row.text)}, {row.amount}</span></button>'
    )


def _inside(row: Row) -> str:
    inside = f'<small class="inside">of which {escape(", ".join(row.inside))}</small>' if row.inside else ""
    on_top = "".join(
        f'<small class="inside narrow-only">+ {escape(name)} {amount}</small>' for name, amount in row.taxes
    )
    return inside + on_top


def _taxes(row: Row) -> str:
    return "".join(f"<span><small>{escape(name)}</small> {amount}</span>" for name, amount in row.taxes)

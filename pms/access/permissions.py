"""The permission registry: every permission that can be asked for, with the words a manager reads."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Permission:
    """Something a role may allow. `code` is area.verb; `area` groups the matrix."""

    code: str
    label: str
    area: str


PERMISSIONS = (
    Permission("desk.view", "See the front desk", "Front desk"),
    Permission("reservation.create", "Make bookings", "Front desk"),
    Permission("reservation.change", "Change, move, extend and swap", "Front desk"),
    Permission("reservation.cancel", "Cancel, reject and mark as no-show", "Front desk"),
    Permission("reservation.check_in", "Check in and check out", "Front desk"),
    Permission("reservation.override", "Override a rule with a reason", "Front desk"),
    Permission("guest.manage", "Edit guest and company profiles", "Front desk"),
    Permission("night_audit.run", "Run the night audit", "Front desk"),
    Permission("folio.view", "See folios and what is owed", "Money"),
    Permission("folio.charge", "Charge articles to a folio", "Money"),
    Permission("folio.transfer", "Open and close folios, move lines, route charges", "Money"),
    Permission("folio.allowance", "Give allowances", "Money"),
    Permission("folio.write_off", "Write off what is owed", "Money"),
    Permission("housekeeping.update", "Set the condition of rooms", "Housekeeping"),
    Permission("inventory.close", "Close rooms, owner stays and blocks", "Rooms and rates"),
    Permission("inventory.manage", "Properties, room types and units", "Rooms and rates"),
    Permission("rates.view", "See prices and restrictions", "Rooms and rates"),
    Permission("rates.manage", "Rate plans and prices", "Rooms and rates"),
    Permission("channels.view", "See channels, what they were told and what they sold", "Rooms and rates"),
    Permission("channels.manage", "Connect, map, pause and resume channels", "Rooms and rates"),
    Permission("taxes.manage", "Taxes and fees", "Rooms and rates"),
    Permission("payment.take", "Take payments and send links", "Money"),
    Permission("payment.refund", "Refund payments", "Money"),
    Permission("payment.accounts", "Set up payment accounts", "Money"),
    Permission("finance.view", "See payments and payouts", "Money"),
    Permission("finance.manage", "Reconcile payments with their providers", "Money"),
    Permission("invoice.issue", "Issue invoices, deposit invoices and receipts", "Money"),
    Permission("invoice.credit", "Correct invoices by credit notes, number series", "Money"),
    Permission("books.view", "See the books", "Money"),
    Permission("books.manage", "Close periods, legal entities and accounts", "Money"),
    Permission("audit.view", "Read the audit log", "Organization"),
    Permission("access.manage", "Invite people and grant roles", "Organization"),
    Permission("access.roles", "Make and change roles", "Organization"),
)
BY_CODE = {permission.code: permission for permission in PERMISSIONS}
EVERY_PERMISSION = frozenset(BY_CODE)


@dataclass(frozen=True, slots=True)
class SystemRole:
    """A role every organization is born with. It can be granted, but neither changed nor removed."""

    code: str
    name: str
    permissions: frozenset[str]


_DESK = frozenset(
    {
        "desk.view",
        "reservation.create",
        "reservation.change",
        "reservation.cancel",
        "reservation.check_in",
        "guest.manage",
        "folio.view",
        "folio.charge",
        "folio.transfer",
        "housekeeping.update",
        "inventory.close",
        "night_audit.run",
        "payment.take",
        "rates.view",
        "channels.view",
        "invoice.issue",
    }
)

_BOOKS = frozenset(
    {
        "desk.view",
        "audit.view",
        "rates.view",
        "folio.view",
        "invoice.issue",
        "invoice.credit",
        "finance.view",
        "finance.manage",
        "books.view",
        "books.manage",
    }
)

SYSTEM_ROLES = (
    SystemRole("administrator", "Administrator", EVERY_PERMISSION),
    SystemRole("manager", "Manager", EVERY_PERMISSION - {"access.roles"}),
    SystemRole("front_desk", "Front desk", _DESK),
    SystemRole("housekeeping", "Housekeeping", frozenset({"desk.view", "housekeeping.update"})),
    SystemRole("accountant", "Accountant", _BOOKS),
    SystemRole("property_owner", "Property owner", frozenset({"desk.view"})),
)

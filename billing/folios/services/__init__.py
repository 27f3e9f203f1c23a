"""What can be done with folios; every line goes through `postings_write`, into the folio and the books at once."""

from billing.folios.services.articles import article_save
from billing.folios.services.charging import (
    allowance_post,
    article_post,
    folio_merge,
    left_minor,
    transfer,
    write_off,
)
from billing.folios.services.opening import (
    city_ledger_move,
    folio_close,
    folio_open,
    folio_reopen,
    main_folio,
    main_folios,
    main_folios_invoice,
    main_folios_rename,
    routing_remove,
    routing_set,
)
from billing.folios.services.paying import payment_post
from billing.folios.services.stays import nights_post, stay_post
from billing.folios.services.writing import PostingDraft, folios_lock, postings_write

__all__ = [
    "PostingDraft",
    "allowance_post",
    "article_post",
    "article_save",
    "city_ledger_move",
    "folio_close",
    "folio_merge",
    "folio_open",
    "folio_reopen",
    "folios_lock",
    "left_minor",
    "main_folio",
    "main_folios",
    "main_folios_invoice",
    "main_folios_rename",
    "nights_post",
    "payment_post",
    "postings_write",
    "routing_remove",
    "routing_set",
    "stay_post",
    "transfer",
    "write_off",
]

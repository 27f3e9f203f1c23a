"""Feeds set up and read, addresses of our own made and revoked."""

from channels.calendars.services.exports import export_create, export_renew, export_revoke
from channels.calendars.services.feeds import (
    feed_fetch_soon,
    feed_free_absent,
    feed_go_live,
    feed_pause,
    feed_retire,
    feed_save,
)
from channels.calendars.services.reading import Preview, feed_fetch, feed_preview

__all__ = [
    "Preview",
    "export_create",
    "export_renew",
    "export_revoke",
    "feed_fetch",
    "feed_fetch_soon",
    "feed_free_absent",
    "feed_go_live",
    "feed_pause",
    "feed_preview",
    "feed_retire",
    "feed_save",
]

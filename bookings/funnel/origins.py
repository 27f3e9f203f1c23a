"""Where a visit came from: the address of the page before, the campaign in the link, the frame it is shown in."""

import re
from typing import NamedTuple
from urllib.parse import urlsplit

from django.http import HttpRequest

from bookings.funnel.enums import LANDING, Origin, Step

#: Longest name of a campaign that is kept.
CAMPAIGN_LENGTH = 40
#: What campaigns are called once a day has had more names than MOST_CAMPAIGNS (counting.py), and names of nothing.
OTHER_CAMPAIGN = "other"

_ENGINES = frozenset(
    {
        "google",
        "bing",
        "duckduckgo",
        "yahoo",
        "ecosia",
        "qwant",
        "startpage",
        "baidu",
        "yandex",
        "brave",
        "kagi",
        "naver",
    }
)
_NETWORKS = frozenset(
    {
        *("facebook", "instagram", "twitter", "linkedin", "pinterest", "tiktok", "youtube", "reddit", "threads"),
        *("whatsapp", "telegram", "mastodon", "bsky", "vk", "tumblr"),
    }
)
#: Short addresses of the same, which have no name of their own to be known by.
_SHORT = {"t.co": Origin.SOCIAL, "x.com": Origin.SOCIAL, "lnkd.in": Origin.SOCIAL, "fb.com": Origin.SOCIAL}
_SHORT |= {"fb.me": Origin.SOCIAL, "youtu.be": Origin.SOCIAL, "pin.it": Origin.SOCIAL, "t.me": Origin.SOCIAL}


class Came(NamedTuple):
    """Where from, and for a campaign its cleaned name."""

    origin: Origin
    campaign: str = ""


DIRECT = Came(Origin.DIRECT)


def came_by(request: HttpRequest, step: Step) -> Came | None:
    """Return what this request itself says about where the visit came from; None when it says nothing.

    The page of a payment provider a guest returns from is no origin: only the steps a visit can begin with are asked.
    """
    if step not in LANDING:
        return None
    if request.headers.get("Sec-Fetch-Dest") in {"iframe", "frame"} or "/embed/" in request.path:
        return Came(Origin.EMBED)
    if source := request.GET.get("utm_source"):
        return Came(Origin.CAMPAIGN, campaign_name(source))
    return _by_page_before(request)


def campaign_name(text: str) -> str:
    """Return a utm_source as it is kept: small letters, digits, dots and hyphens; an address or a name of nothing is other."""
    if "@" in text:
        return OTHER_CAMPAIGN
    return re.sub(r"[^a-z0-9._-]+", "-", text.strip().lower()).strip("-")[:CAMPAIGN_LENGTH] or OTHER_CAMPAIGN


def _by_page_before(request: HttpRequest) -> Came | None:
    try:
        host = (urlsplit(request.headers.get("Referer", "")).hostname or "").removeprefix("www.")
    except ValueError:
        return None
    if not host or host == request.get_host().split(":")[0].removeprefix("www."):
        return None
    if host in _SHORT:
        return Came(_SHORT[host])
    names = set(host.split(".")[:-1])
    if names & _ENGINES:
        return Came(Origin.SEARCH_ENGINE)
    return Came(Origin.SOCIAL if names & _NETWORKS else Origin.REFERRAL)

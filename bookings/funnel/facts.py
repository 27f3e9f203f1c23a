"""What a request says about the visitor behind it: as much as caps and counters need, and no more."""

import re
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from bookings.funnel.enums import Device
from bookings.funnel.visitors import visitor_of
from pms.access.guards import client_ip
from pms.kernel.tenancy import current_schema

#: How much of an address is one network: what a provider gives to one customer or one office.
IPV4_BITS, IPV6_BITS = 24, 56
#: How much of an IPv6 address is one line: within it, whoever sits there chooses addresses as they like.
IPV6_LINE_BITS = 64

_PROGRAMS = re.compile(
    r"bot|crawl|spider|slurp|scan|monitor|preview|fetch|headless|lighthouse|facebookexternalhit|curl|wget|libwww|python"
    r"|httpx|aiohttp|okhttp|go-http|java/|ruby|perl|php|node|axios|postman|insomnia|archive",
    re.IGNORECASE,
)
_TABLETS = re.compile(r"ipad|tablet|kindle|silk/|playbook", re.IGNORECASE)
_PHONES = re.compile(r"iphone|ipod|mobile|windows phone|blackberry|opera mini", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """Keyed hashes of the network (/24, /56) and of the visitor: 32 hexadecimal digits each.

    The visitor is who brings the cookie of an earlier page (`is_known`), else everybody on the same line.
    """

    network: str
    visitor: str
    is_known: bool = False


def facts_of(request: HttpRequest) -> RequestFacts:
    """Return the network and the visitor behind a request, behind our own proxies. No query."""
    address = client_ip(request) or ""
    known = visitor_of(request)
    return RequestFacts(
        network=hashed("network", network_of(address)),
        visitor=hashed("visitor", known) if known else hashed("line", line_of(address)),
        is_known=bool(known),
    )


def network_of(address: str) -> str:
    """Return the network an address lies in; what is no address is a network of its own."""
    return _within(address, IPV4_BITS, IPV6_BITS)


def line_of(address: str) -> str:
    """Return what one connection is: the address itself, for IPv6 its /64."""
    return _within(address, 32, IPV6_LINE_BITS)


def device_of(request: HttpRequest) -> Device | None:
    """Return what a page is read with; None for programs, for what names no browser, and for pages fetched ahead."""
    agent = request.headers.get("User-Agent", "")
    ahead = request.headers.get("Sec-Purpose", request.headers.get("Purpose", ""))
    if not agent or "prefetch" in ahead or _PROGRAMS.search(agent):
        return None
    if _TABLETS.search(agent) or ("Android" in agent and "Mobile" not in agent):
        return Device.TABLET
    return Device.PHONE if _PHONES.search(agent) else Device.DESKTOP


def hashed(purpose: str, value: str) -> str:
    """Return value under the installation's secret, different in every organization and for every purpose."""
    return salted_hmac(f"innkeep.funnel.{purpose}.{current_schema()}", value, algorithm="sha256").hexdigest()[:32]


def _within(address: str, ipv4_bits: int, ipv6_bits: int) -> str:
    try:
        known = ip_address(address.strip().removeprefix("[").split("%", 1)[0].removesuffix("]"))
    except ValueError:
        return f"unknown {address[:64]}"
    if isinstance(known, IPv6Address) and known.ipv4_mapped is not None:
        known = known.ipv4_mapped
    bits = ipv6_bits if isinstance(known, IPv6Address) else ipv4_bits
    return str(ip_network(f"{known}/{bits}", strict=False))

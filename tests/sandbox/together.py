"""All stand-ins in one process, each under its path: /stripe, /channex, /bookingcom and so on."""

from collections.abc import Mapping
from html import escape
from pathlib import Path

from tests.sandbox.airbnb.sandbox import AirbnbSandbox
from tests.sandbox.bookingcom.sandbox import BookingComSandbox
from tests.sandbox.calendars.sandbox import CalendarsSandbox
from tests.sandbox.channex.sandbox import ChannexSandbox
from tests.sandbox.core.http import Server
from tests.sandbox.core.look import page
from tests.sandbox.core.provider import Provider
from tests.sandbox.core.state import State
from tests.sandbox.expedia.sandbox import ExpediaSandbox
from tests.sandbox.paypal.sandbox import PayPalSandbox
from tests.sandbox.razorpay.sandbox import RazorpaySandbox
from tests.sandbox.stripe.sandbox import StripeSandbox

PROVIDERS: Mapping[str, type[Provider]] = {
    "stripe": StripeSandbox,
    "razorpay": RazorpaySandbox,
    "paypal": PayPalSandbox,
    "bookingcom": BookingComSandbox,
    "expedia": ExpediaSandbox,
    "airbnb": AirbnbSandbox,
    "calendars": CalendarsSandbox,
    "channex": ChannexSandbox,
}


def build(*, port: int, public_url: str, folder: Path | None, listeners: Mapping[str, Mapping[str, str]]) -> Server:
    """Return the server, not started. `folder` keeps one file of state for each; `listeners` are told everything."""
    mounts = {
        f"/{name}": provider(
            public_url=f"{public_url.rstrip('/')}/{name}",
            state=State(folder / f"{name}.json" if folder else None),
            listener=listeners.get(name),
        )
        for name, provider in PROVIDERS.items()
    }
    return Server(mounts, port=port, index=_index(public_url.rstrip("/")))


def _index(public_url: str) -> str:
    rows = "".join(
        f"<dt>{provider.title}</dt><dd>{escape(f'{public_url}/{name}')}</dd>" for name, provider in PROVIDERS.items()
    )
    links = "".join(
        f'<li><a href="{escape(f"{public_url}/{name}/extranet/")}">Extranet of {escape(provider.title)}</a></li>'
        for name, provider in PROVIDERS.items()
        if "/extranet" in provider.page_paths
    )
    pages = f"<ul>{links}</ul>"
    body = f'<div class="sheet narrow"><section><h1>Sandboxes</h1><dl>{rows}</dl>{pages}</section></div>'
    return page("Sandboxes", body, provider="payment providers and channels")

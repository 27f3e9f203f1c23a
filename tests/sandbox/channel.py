"""The frame of a stand-in for one channel: its extranet with pages and control commands, and what it is told of sales."""

import time
from collections.abc import Mapping
from typing import Any, ClassVar

from tests.sandbox.core.faults import Fault
from tests.sandbox.core.http import Answer, Request
from tests.sandbox.core.provider import Provider
from tests.sandbox.core.state import State
from tests.sandbox.extranet import control, pages
from tests.sandbox.extranet.book import Extranet, Manner


class Channel(Provider):
    """A channel. A subclass writes `call`, `refusal`, `heard` and `order`, and names its manner."""

    manner: ClassVar[Manner]
    page_paths: ClassVar[tuple[str, ...]] = ("/extranet",)

    def __init__(
        self, *, public_url: str, state: State | None = None, listener: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(public_url=public_url, state=state, listener=listener)
        self.book = Extranet(self.state, self.manner, self.heard)

    def heard(self, stay: dict[str, Any]) -> None:
        """Take a new, changed or cancelled stay; called with the state's lock held."""

    def call(self, request: Request) -> Answer:
        """Answer a call of the interface, with the state's lock held."""
        raise NotImplementedError

    def order(self, name: str, settings: dict[str, Any]) -> Any:
        """Do what the control API was told besides the extranet's commands; KeyError for an unknown one."""
        raise KeyError(name)

    def respond(self, request: Request, fault: Fault | None) -> Answer:
        if request.path.startswith("/extranet"):
            return pages.respond({self.manner.slug: self.book}, request, f"{self.public_url}/extranet")
        if fault and fault.kind == "hang":
            time.sleep(fault.seconds)
        with self.state.lock:
            self.state.changed = True
            return self.call(request)

    def command(self, name: str, settings: dict[str, Any]) -> Any:
        if name.partition(" ")[2].startswith("extranet/"):
            return control.command({self.manner.slug: self.book}, name, settings)
        return self.order(name, settings)

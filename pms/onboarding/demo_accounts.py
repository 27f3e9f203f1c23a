"""The people of the demo, one for each role. They exist in a demo only, and share a password that everybody knows."""

from dataclasses import dataclass
from typing import Final

DEMO_PASSWORD: Final = "innkeep-demo"  # noqa: S105 - meant to be known

#: Instead of an organization: somebody who runs Innkeep itself.
PLATFORM: Final = ""


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """Somebody who works in a demo organization; `property_code` empty means at every property."""

    email: str
    name: str
    organization: str
    role: str
    what: str
    property_code: str = ""


DEMO_ACCOUNTS: Final = (
    DemoAccount("olivia@innkeep.test", "Olivia Marques", "lusitania", "administrator", "owns the hotels, may do all"),
    DemoAccount("mia@innkeep.test", "Mia Teixeira", "lusitania", "manager", "runs both hotels"),
    DemoAccount("felix@innkeep.test", "Felix Brandt", "lusitania", "front_desk", "front desk of both hotels"),
    DemoAccount("hana@innkeep.test", "Hana Novotná", "lusitania", "housekeeping", "housekeeping in the city", "LIS"),
    DemoAccount("nuno@innkeep.test", "Nuno Valente", "lusitania", "accountant", "reads, and reads the audit"),
    DemoAccount("otto@innkeep.test", "Otto Lindner", "lusitania", "property_owner", "owns the resort, sees it", "ALG"),
    DemoAccount("rasa@innkeep.test", "Rasa Vaitkutė", "baltic", "administrator", "manages the apartments"),
    DemoAccount("jonas@innkeep.test", "Jonas Mickus", "baltic", "front_desk", "answers the guests"),
    DemoAccount("ieva@innkeep.test", "Ieva Stonkutė", "baltic", "housekeeping", "cleans the apartments"),
    DemoAccount("pia@innkeep.test", "Pia Sommer", PLATFORM, "platform", "runs Innkeep itself"),
)

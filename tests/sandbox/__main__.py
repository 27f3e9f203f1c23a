"""python -m tests.sandbox --port 8900 --state var/sandbox --public-url http://localhost:8900.

--webhooks URL sends every provider's notifications to URL/stripe, URL/razorpay, URL/paypal, URL/channex and URL/airbnb.
"""

import argparse
from pathlib import Path

from tests.sandbox.core.http import serve_until_interrupted
from tests.sandbox.together import PROVIDERS, build


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.sandbox", description="Local stand-ins for payment providers and channels."
    )
    parser.add_argument("--port", type=int, default=8900)
    parser.add_argument("--state", type=Path, help="folder that keeps the state over a restart")
    parser.add_argument("--public-url", help="where browsers reach it (http://localhost:PORT)")
    parser.add_argument(
        "--webhooks", help="address under which /stripe, /razorpay, /paypal and /channex take notifications"
    )
    parser.add_argument("--webhook-secret", default="whsec_sandbox", help="what notifications are signed with")
    parser.add_argument("--webhook-id", default="WHSANDBOX", help="PayPal's name for the endpoint")
    asked = parser.parse_args()
    listeners = {}
    if asked.webhooks:
        told = {"secret": asked.webhook_secret, "webhook_id": asked.webhook_id}
        listeners = {name: {"url": f"{asked.webhooks.rstrip('/')}/{name}", **told} for name in PROVIDERS}
    public_url = asked.public_url or f"http://localhost:{asked.port}"
    serve_until_interrupted(build(port=asked.port, public_url=public_url, folder=asked.state, listeners=listeners))


if __name__ == "__main__":
    main()

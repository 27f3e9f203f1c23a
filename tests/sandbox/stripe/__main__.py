"""python -m tests.sandbox.stripe --port 8910 [--state FILE] [--webhook URL --webhook-secret whsec_...]."""

import argparse
from pathlib import Path

from tests.sandbox.core.http import Server, serve_until_interrupted
from tests.sandbox.core.state import State
from tests.sandbox.stripe.sandbox import StripeSandbox


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.sandbox.stripe", description="A local stand-in for Stripe.")
    parser.add_argument("--port", type=int, default=8910)
    parser.add_argument("--state", type=Path, help="file that keeps the state over a restart")
    parser.add_argument("--public-url", help="where browsers reach it (http://localhost:PORT)")
    parser.add_argument("--webhook", help="address that is told of every event")
    parser.add_argument("--webhook-secret", default="whsec_sandbox")
    asked = parser.parse_args()
    listener = {"url": asked.webhook, "secret": asked.webhook_secret} if asked.webhook else None
    public_url = asked.public_url or f"http://localhost:{asked.port}"
    sandbox = StripeSandbox(public_url=public_url, state=State(asked.state), listener=listener)
    serve_until_interrupted(Server({"": sandbox}, port=asked.port))


if __name__ == "__main__":
    main()

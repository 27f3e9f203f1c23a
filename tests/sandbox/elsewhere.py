"""Somebody else's website on a port of its own, with the booking widget in it: the demo of bin/run, and the tests' page.

python -m tests.sandbox.elsewhere --port 8850 --hotel http://lusitania.localhost:8000 --property LIS
"""

import argparse
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>A village guide</title><link rel="icon" href="data:,">
<style>
  :root {{ color-scheme: light dark; }}
  body {{ font: 17px/1.6 Georgia, serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem; }}
  #events {{ font: 13px/1.5 ui-monospace, monospace; white-space: pre-wrap; min-height: 8rem; }}
</style></head><body>
<h1>Where to sleep</h1>
<p>This page belongs to somebody else: it stands at another origin than the hotel, and knows nothing of it but the
two lines that its owner was told to paste in.</p>
<div id="widget" data-innkeep-property="{code}" {attributes}><a href="{hotel}/booking/property/{code}/">Book a room</a></div>
<h2>What the page hears</h2>
<div id="events" aria-live="polite"></div>
<script>
  window.heard = [];
  for (const type of ["ready", "search", "height", "book"]) {{
    document.addEventListener(`innkeep:${{type}}`, (event) => {{
      heard.push([event.type, event.detail]);
      document.getElementById("events").append(`${{event.type}} ${{JSON.stringify(event.detail)}}\\n`);
    }});
  }}
</script>
<script src="{hotel}/static/sdk.js" async></script>
</body></html>
"""


def page(*, hotel: str, code: str, attributes: str = "") -> bytes:
    """Return the page with the widget of a house of the hotel at an origin."""
    return PAGE.format(hotel=escape(hotel), code=escape(code), attributes=attributes).encode()


@contextmanager
def serving(body: bytes, *, port: int = 0) -> Iterator[str]:
    """Serve the page at every address of a port, any free one for 0; yield the origin."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://localhost:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.sandbox.elsewhere", description=__doc__)
    parser.add_argument("--port", type=int, default=8850)
    parser.add_argument("--hotel", required=True, help="origin of the hotel: http://lusitania.localhost:8000")
    parser.add_argument("--property", required=True, help="code of the house")
    asked = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    with serving(page(hotel=asked.hotel, code=asked.property), port=asked.port):
        signal.pause()


if __name__ == "__main__":
    main()

"""Tells and reads the channels of every organization: the channel worker."""

import signal
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from channels.sync.worker import THREADS, Worker


class Command(BaseCommand):
    help = "Keeps channels and the house the same until SIGTERM or Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--threads", type=int, default=THREADS, help="How many channels are spoken to at once.")

    def handle(self, *args: Any, threads: int, **options: Any) -> None:
        """Go on until told to stop."""
        stopped = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        Worker(threads=threads).run(stopped)

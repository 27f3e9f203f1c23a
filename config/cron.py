"""What happens by the clock, and the process that sees to it: `python -m config.cron`.

The clock only wakes: each entry enqueues its job once for every organization, each job claims its own rows in the
database, and a wake-up that is lost or comes twice changes nothing. Several schedulers may run; a tick goes to the
one that takes its key in Redis first.
"""

import os
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from time import sleep

import django
import structlog
from django.db import DatabaseError, close_old_connections
from redis.exceptions import RedisError
from rq.cron import CronJob, CronScheduler
from rq.exceptions import StopRequested
from rq.utils import now

RETRY_SECONDS = 5

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """A job at a dotted path, run in every organization (public_too: and on the public schema) at each interval."""

    path: str
    interval: timedelta
    public_too: bool = False


SCHEDULE = (
    Entry("bookings.lifecycle.jobs.expire_holds", timedelta(minutes=1)),
    Entry("bookings.lifecycle.jobs.release_blocks", timedelta(hours=1)),
    Entry("pms.events.jobs.sweep", timedelta(minutes=1)),
    Entry("pms.inbox.jobs.sweep", timedelta(minutes=1)),
    Entry("pms.access.jobs.send_invitations", timedelta(minutes=1)),
    Entry("billing.payments.jobs.sweep", timedelta(minutes=1)),
    Entry("billing.payments.jobs.charge_balances", timedelta(hours=1)),
    Entry("billing.payments.jobs.remind", timedelta(hours=1)),
    Entry("billing.payments.jobs.renew_authorisations", timedelta(hours=1)),
    Entry("billing.payments.jobs.reconcile_accounts", timedelta(hours=12)),
    Entry("billing.payments.jobs.read_payouts", timedelta(hours=6)),
    Entry("guests.portal.jobs.sweep", timedelta(minutes=1)),
    Entry("bookings.checkout.jobs.settle", timedelta(minutes=1)),
    Entry("bookings.checkout.jobs.expire", timedelta(minutes=1)),
    Entry("bookings.rates.jobs.sweep_files", timedelta(minutes=1)),
    Entry("billing.invoices.jobs.sweep", timedelta(minutes=1)),
    Entry("pms.properties.jobs.shrink_photos", timedelta(minutes=1)),
    Entry("bookings.funnel.jobs.forget_visitors", timedelta(hours=1)),
    Entry("guests.messaging.jobs.sweep", timedelta(minutes=1)),
    Entry("channels.calendars.jobs.sweep", timedelta(minutes=1)),
    Entry("channels.calendars.jobs.alert_people", timedelta(minutes=5)),
    Entry("guests.messaging.jobs.write_by_the_calendar", timedelta(hours=1)),
    Entry("channels.sync.jobs.sweep", timedelta(minutes=1)),
    Entry("channels.sync.jobs.alert_people", timedelta(minutes=5)),
    Entry("channels.sync.jobs.look_near", timedelta(minutes=30)),
    Entry("channels.sync.jobs.look_at_cards", timedelta(minutes=30)),
    Entry("channels.sync.jobs.compare_channels", timedelta(hours=1)),
    Entry("channels.sync.jobs.forget", timedelta(days=1)),
    Entry("pms.accounts.jobs.clear_sessions", timedelta(days=1), public_too=True),
)


class Clock(CronScheduler):
    """RQ's scheduler, except that a due entry enqueues through the kernel: once for each organization."""

    def enqueue_jobs(self) -> list[CronJob]:
        """Wake every entry that is due and that no other scheduler has woken; return these."""
        woken = []
        for job in self.get_jobs():
            if not job.should_run():
                continue
            job.set_enqueue_time(now())
            claim = f"innkeep:clock:{job.name}"
            if self.connection.set(claim, self.name, nx=True, px=job.interval * 1000 - 500):
                job.func()
                woken.append(job)
        return woken


def wake(entry: Entry) -> None:
    """Enqueue the entry's job for every organization."""
    from pms.kernel.jobs import enqueue_for_every_tenant, enqueue_in_tenant  # noqa: PLC0415 - after django.setup()

    if entry.public_too:
        enqueue_in_tenant(entry.path)
    enqueue_for_every_tenant(entry.path)
    logger.debug("woken", job=entry.path)


def tick(entry: Entry) -> None:
    """Wake the entry on a connection that still works."""
    close_old_connections()
    wake(entry)


def keep_ticking(clock: Clock) -> None:
    """Tick until told to stop, and begin again whenever a store is away: the house must not close because of it."""
    while True:
        try:
            clock.start()
        except (RedisError, DatabaseError) as error:
            logger.warning("clock_waits", error=str(error))
            try:
                sleep(RETRY_SECONDS)
            except (StopRequested, KeyboardInterrupt):
                return
        else:
            return


def main() -> None:
    """Tick until SIGTERM or Ctrl-C."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    import django_rq  # noqa: PLC0415 - after django.setup()

    clock = Clock(django_rq.get_connection("default"), logging_level="WARNING")
    for entry in SCHEDULE:
        due = partial(tick, entry)
        due.__module__, due.__name__ = __name__, "tick"  # type: ignore[attr-defined]
        clock.register(due, "default", name=entry.path, interval=int(entry.interval.total_seconds()))
    keep_ticking(clock)


if __name__ == "__main__":
    main()

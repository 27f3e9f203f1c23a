"""The worker: JSON only, one process per job, bounded memory, quick to stop. `manage.py rqworker default`."""

import ctypes
import signal
from importlib import import_module
from threading import Timer
from time import sleep
from types import FrameType
from typing import Any
from uuid import uuid4

import structlog
from django.conf import settings
from redis.exceptions import RedisError
from rq import Queue
from rq import Worker as ForkingWorker
from rq.exceptions import StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer

logger = structlog.get_logger(__name__)

#: Large, and wanted by many jobs: read once by the worker, not by the process of each job.
READ_AHEAD = "billing.invoices.rendering"
PR_SET_PDEATHSIG = 1
RETRY_SECONDS = 1.0


class Worker(ForkingWorker):
    """RQ's worker, which runs each job in a process of its own.

    The process ends with the job, and with it its database connection and whatever it read: neither the worker nor
    PostgreSQL's backend grows with the number of organizations, and a job that is killed takes nothing with it.

    Told to stop, it gives the job it is at `settings.WORKER_PATIENCE_SECONDS`; what is not done by then is ended and goes
    back to the front of the queue, as every job here may run again. A worker that is killed takes its job with it.

    Redis may go away and come back empty: RQ's own worker would end, this one begins again.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options | {"serializer": JSONSerializer})
        self._told_to_stop = self._lost_patience = False
        self._begun = 0
        try:
            import_module(READ_AHEAD)
        except OSError as error:
            # Without Pango nothing can be printed, and everything else goes on.
            logger.warning("no_pdf", error=str(error))

    def work(
        self,
        burst: bool = False,
        *args: Any,
        max_jobs: int | None = None,
        max_idle_time: int | None = None,
        **options: Any,
    ) -> bool:
        """Work until told to stop, or until what the options say; return whether there was anything to do."""
        while True:
            try:
                super().work(burst, *args, max_jobs=max_jobs, max_idle_time=max_idle_time, **options)
                is_over = burst or max_idle_time is not None or (max_jobs is not None and self._begun >= max_jobs)
                if is_over or self._told_to_stop:
                    break
                sleep(RETRY_SECONDS)
            except RedisError as error:
                logger.warning("worker_waits", error=str(error))
                if self._told_to_stop:
                    break
                sleep(RETRY_SECONDS)
            except StopRequested:
                break
            # Should Redis remember after all, it would refuse a second worker of this name.
            self.name = uuid4().hex
        return self._begun > 0

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Run the job; should Redis go away meanwhile, let it finish before the worker begins again."""
        self._begun += 1
        try:
            super().execute_job(job, queue)
        except RedisError:
            if self.horse_pid:
                self.wait_for_horse()
                self._horse_pid = 0
            raise

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Stop after the job, or at once where there is none, Redis or not."""
        self._told_to_stop = True
        try:
            super().request_stop(signum, frame)
        except RedisError:
            self._stop_requested = True
            if not self.horse_pid:
                raise StopRequested from None

    def handle_warm_shutdown_request(self) -> None:
        """Wait for the job, but not for long."""
        super().handle_warm_shutdown_request()
        # Not an alarm: RQ's own watch over the job is one already.
        patience = Timer(settings.WORKER_PATIENCE_SECONDS, self._end_job)
        patience.daemon = True
        patience.start()

    def _end_job(self) -> None:
        if self.horse_pid:
            self._lost_patience = True
            self.kill_horse()

    def handle_job_failure(
        self, job: Job, queue: Queue, started_job_registry: Any = None, exc_string: str = ""
    ) -> None:
        """Give back to the queue what we ended ourselves; anything else has failed."""
        if self._lost_patience and not self.is_horse:
            logger.info("job_given_back", job=job.id)
            job.retries_left, job.enqueue_at_front_on_retry = 1, True
        super().handle_job_failure(job, queue, started_job_registry, exc_string)

    def setup_work_horse_signals(self) -> None:
        """Have the kernel end the job with a worker that is killed: what nobody watches would hold up the house's end."""
        super().setup_work_horse_signals()
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)

"""The worker: JSON only, one process per job, bounded memory, quick to stop. `manage.py rqworker default`."""

import ctypes
import signal
from importlib import import_module
from threading import Timer
from typing import Any

import structlog
from django.conf import settings
from rq import Queue
from rq import Worker as ForkingWorker
from rq.job import Job
from rq.serializers import JSONSerializer

logger = structlog.get_logger(__name__)

#: Large, and wanted by many jobs: read once by the worker, not by the process of each job.
READ_AHEAD = "billing.invoices.rendering"
PR_SET_PDEATHSIG = 1


class Worker(ForkingWorker):
    """RQ's worker, which runs each job in a process of its own.

    The process ends with the job, and with it its database connection and whatever it read: neither the worker nor
    PostgreSQL's backend grows with the number of organizations, and a job that is killed takes nothing with it.

    Told to stop, it gives the job it is at `settings.WORKER_PATIENCE_SECONDS`; what is not done by then is ended and goes
    back to the front of the queue, as every job here may run again. A worker that is killed takes its job with it.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options | {"serializer": JSONSerializer})
        self._lost_patience = False
        try:
            import_module(READ_AHEAD)
        except OSError as error:
            # Without Pango nothing can be printed, and everything else goes on.
            logger.warning("no_pdf", error=str(error))

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

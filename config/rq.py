"""The worker: JSON only, one process per job, bounded memory. `manage.py rqworker default`."""

from importlib import import_module
from typing import Any

import structlog
from rq import Worker as ForkingWorker
from rq.serializers import JSONSerializer

logger = structlog.get_logger(__name__)

#: Large, and wanted by many jobs: read once by the worker, not by the process of each job.
READ_AHEAD = "billing.invoices.rendering"


class Worker(ForkingWorker):
    """RQ's worker, which runs each job in a process of its own.

    The process ends with the job, and with it its database connection and whatever it read: neither the worker nor
    PostgreSQL's backend grows with the number of organizations, and a job that is killed takes nothing with it.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options | {"serializer": JSONSerializer})
        try:
            import_module(READ_AHEAD)
        except OSError as error:
            # Without Pango nothing can be printed, and everything else goes on.
            logger.warning("no_pdf", error=str(error))

"""The worker: JSON only, one process per job, bounded memory. `manage.py rqworker default`."""

from typing import Any

from rq import Worker as ForkingWorker
from rq.serializers import JSONSerializer


class Worker(ForkingWorker):
    """RQ's worker, which runs each job in a process of its own.

    The process ends with the job, and with it its database connection and whatever it read: neither the worker nor
    PostgreSQL's backend grows with the number of organizations, and a job that is killed takes nothing with it.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options | {"serializer": JSONSerializer})

"""The worker stops within seconds and loses no job, and takes its job with it when it is killed. Real processes."""

import os
import signal
import time
from pathlib import Path

import pytest
from django.conf import settings
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from config.embedded.servers import wait_until
from tests.workers import worker_start

WORKER = """
    import django
    django.setup()
    import django_rq
    django_rq.get_worker("default").work(logging_level="WARNING")
"""


@pytest.fixture
def queue():
    queue = Queue("default", connection=Redis.from_url(settings.REDIS_URL), serializer=JSONSerializer)
    queue.connection.flushdb()
    yield queue
    queue.connection.flushdb()


@pytest.fixture
def busy(queue):
    """Return a worker, its process for the job it is at, and the job: a minute of sleep."""
    worker = worker_start(WORKER, WORKER_PATIENCE_SECONDS="0.5")
    try:
        job = queue.enqueue("time.sleep", 60)
        children = Path(f"/proc/{worker.pid}/task/{worker.pid}/children")
        assert wait_until(lambda: job.is_started and bool(children.read_text()), seconds=60)
        yield worker, int(children.read_text().split()[0]), job
    finally:
        if worker.poll() is None:
            worker.kill()
            worker.wait()


def is_gone(pid):
    return not Path(f"/proc/{pid}").exists() or ") Z " in Path(f"/proc/{pid}/stat").read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_gives_the_job_back(busy, queue, number):
    worker, horse, job = busy
    begin = time.monotonic()
    os.kill(worker.pid, number)
    assert worker.wait(timeout=30) == 0
    assert time.monotonic() - begin < 20, "far less than the job takes"
    assert is_gone(horse)
    assert (queue.job_ids, job.get_status()) == ([job.id], "queued")


def test_killed_it_takes_its_job_along(busy):
    worker, horse, _ = busy
    worker.kill()
    worker.wait()
    assert wait_until(lambda: is_gone(horse), seconds=10)

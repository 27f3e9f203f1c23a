"""Long price files, in the background. The files' states are the truth; the queue only wakes."""

import structlog

from bookings.rates.enums import FileState
from bookings.rates.models import RateFile
from bookings.rates.services.importing import file_check, file_finish, files_sweep

logger = structlog.get_logger(__name__)


def work_on_file(file_id: int) -> None:
    """Do the dry run of a file, or save it, whichever it waits for."""
    file = RateFile.objects.select_related("property").filter(pk=file_id).first()
    if file is None:
        logger.info("rate_file_gone", file_id=file_id)
    elif file.state == FileState.WAITING:
        file_check(file=file)
    elif file.state == FileState.SAVING:
        file_finish(file=file)


def sweep_files() -> None:
    """Take up files that wait, clear away old ones."""
    files_sweep()

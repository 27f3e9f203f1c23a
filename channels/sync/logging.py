"""What was said to a channel, kept for a month."""

from datetime import datetime, timedelta

from channels.connections.models import Connection
from channels.connections.wire import Exchange
from channels.sync.enums import Direction
from channels.sync.models import ExchangeLog

KEPT_FOR = timedelta(days=31)
#: Whole messages are kept for a week, after that their heads alone.
WHOLE_FOR = timedelta(days=7)


class Recording:
    """Collects the exchanges of one turn, for whoever writes them down when it is known what became of them."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []

    def __call__(self, exchange: Exchange) -> None:
        """Keep one exchange; this is a wire's recorder."""
        self.exchanges.append(exchange)

    def write(
        self,
        connection: Connection,
        *,
        direction: Direction,
        error_code: str = "",
        error: str = "",
        cells: int = 0,
        oldest: datetime | None = None,
    ) -> None:
        """Write down what was said since the last time; error, cells and age belong to the last of it."""
        rows = [
            ExchangeLog(
                connection=connection,
                direction=direction,
                what=each.what[:32],
                method=each.method,
                url=each.url,
                at=each.at,
                milliseconds=each.milliseconds,
                status=each.status,
                request=each.request,
                response=each.response,
                error=each.error,
            )
            for each in self.exchanges
        ]
        self.exchanges = []
        if not rows:
            return
        last = rows[-1]
        last.error_code, last.error, last.cells = error_code[:64], error or last.error, cells
        if oldest is not None and not last.error:
            ended = last.at + timedelta(milliseconds=last.milliseconds)
            last.waited_milliseconds = max(0, round((ended - oldest).total_seconds() * 1000))
        ExchangeLog.objects.bulk_create(rows)


def log_forget(*, now: datetime) -> int:
    """Delete what is older than a month; return how much it was."""
    return ExchangeLog.objects.filter(at__lt=now - KEPT_FOR).delete()[0]

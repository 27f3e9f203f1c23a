"""Structured logs: one event a line, JSON in production, readable in development."""

from typing import Any

import structlog

from config.discretion import links_masked


def configure_logging(*, readable: bool, quiet: bool) -> dict[str, Any]:
    """Configure structlog and return Django's LOGGING that hands standard records to it."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer: Any = (
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
        if readable
        else structlog.processors.JSONRenderer()
    )
    processors: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if not readable:
        processors.append(structlog.processors.format_exc_info)
    # Last of all, so that the text of an exception is seen to as well.
    processors.append(links_masked)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [*processors, renderer],
                "foreign_pre_chain": shared,
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["console"], "level": "ERROR" if quiet else "INFO"},
        "loggers": {
            "django.server": {"level": "WARNING"},
            "rq": {"level": "WARNING"},
            # They tell of every step of every font and page.
            "fontTools": {"level": "WARNING"},
            "weasyprint": {"level": "WARNING"},
            "httpx": {"level": "WARNING"},
        },
    }

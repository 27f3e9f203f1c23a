from typing import Any

from django.apps import AppConfig
from django_structlog import signals

from pms.kernel.actors import request_id


class OpsConfig(AppConfig):
    name = "pms.ops"
    label = "ops"

    def ready(self) -> None:
        """Have every response carry the id of its request."""
        signals.bind_extra_request_finished_metadata.connect(name_request, dispatch_uid="ops.request_id")
        signals.update_failure_response.connect(name_request, dispatch_uid="ops.request_id")


def name_request(response: Any, **_: Any) -> None:
    """Put the id of the request under way into its response's headers."""
    response["X-Request-ID"] = request_id()

from django.apps import AppConfig


class PropertiesConfig(AppConfig):
    name = "pms.properties"
    label = "properties"

    def ready(self) -> None:
        """Tell access which properties a role can be held at."""
        from pms.access import places  # noqa: PLC0415 - models are ready only now
        from pms.properties.models import Property  # noqa: PLC0415 - the same

        places.register(lambda: [places.Place(*row) for row in Property.objects.values_list("code", "name")])

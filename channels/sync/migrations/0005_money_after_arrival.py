from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sync", "0004_guest_reports"),
    ]

    operations = [
        migrations.AlterField(
            model_name="case",
            name="kind",
            field=models.CharField(
                choices=[
                    ("overbooked", "No room left"),
                    ("unmapped_room", "Room not mapped"),
                    ("unmapped_rate", "Rate not mapped"),
                    ("in_house", "Change of a guest in house"),
                    ("currency", "Another currency"),
                    ("content_differs", "Same message, other content"),
                    ("unreadable", "Not readable"),
                    ("not_acknowledged", "Not acknowledged"),
                    ("sync_refused", "Refused by the channel"),
                    ("notice", "Said by the channel"),
                    ("price_differs", "Sold at another price"),
                    ("card_due", "Virtual card can be charged"),
                    ("commission_changed", "Another commission"),
                    ("collector_changed", "Somebody else collects"),
                ],
                max_length=20,
            ),
        ),
    ]

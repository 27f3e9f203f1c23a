from django.db import migrations, models

import pms.kernel.wording


class Migration(migrations.Migration):
    dependencies = [
        ("taxes", "0004_say_help_plainly"),
    ]

    operations = [
        migrations.AddField(
            model_name=model,
            name="texts",
            field=models.JSONField(
                blank=True,
                db_default=models.Value({}, models.JSONField()),
                default=dict,
                help_text='In other languages, such as {"lt": {"name": "..."}}.',
                validators=[pms.kernel.wording.validate_texts],
            ),
        )
        for model in ("fee", "tax")
    ]

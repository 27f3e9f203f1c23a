"""What the back office asks for about articles. Rules live in the services."""

from typing import ClassVar

from billing.folios.models import Article
from pms.properties.admin_forms import RetirableForm, amount_field


class ArticleForm(RetirableForm):
    """An article as a manager fills it in."""

    amounts: ClassVar = {"price": "price_minor"}
    price = amount_field("Price", help_text="For one. The desk may charge another.")

    class Meta:
        model = Article
        fields = ("property", "code", "name", "component", "position")
        labels: ClassVar = {"component": "What it is"}
        help_texts: ClassVar = {"component": "Decides which taxes are in it."}

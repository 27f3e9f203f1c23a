"""What a house sells by hand."""

from django.db import transaction

from billing.folios.models import Article
from pms.audit.services import audit_record
from pms.events.services import event_publish
from pms.kernel.actors import Actor
from pms.kernel.errors import Invalid
from pms.kernel.locking import lock, retried
from pms.properties.models import Property

_AUDITED = ("code", "name", "component", "price_minor", "position")


@retried
@transaction.atomic
def article_save(*, article: Article, actor: Actor) -> Article:
    """Save an article, new or changed. What was charged keeps its price. Locks the property.

    Raises Invalid `code_taken`, `negative_price`.
    """
    lock(Property.objects.filter(pk=article.property_id))
    if Article.objects.filter(property_id=article.property_id, code=article.code).exclude(pk=article.pk).exists():
        raise Invalid("code_taken", "The property has an article with this code already.", field="code")
    if article.price_minor < 0:
        raise Invalid("negative_price", "A price is never negative.", field="price")
    before = Article.objects.filter(pk=article.pk).first()
    article.save()
    changes: dict[str, object] = {
        name: [getattr(before, name) if before else None, getattr(article, name)]
        for name in _AUDITED
        if before is None or getattr(before, name) != getattr(article, name)
    }
    if (before.retired_at if before else None) != article.retired_at:
        changes["retired"] = [bool(before and before.retired_at), article.retired_at is not None]
    if changes:
        audit_record(
            action="article.changed" if before else "article.created",
            subject_type="article",
            subject_code=article.code,
            property_code=article.property.code,
            actor=actor,
            changes=changes,
        )
        event_publish(kind="article.changed", subject_type="article", subject_code=article.code)
    return article

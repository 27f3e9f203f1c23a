"""The back office's pages of articles and folios."""

import pytest
from django.urls import reverse

from billing.folios.models import Article, Posting
from billing.folios.services import article_post, folio_open
from pms.access.models import Grant, Role
from pms.audit.models import AuditEvent
from tests.house import TESTER


def page(name, *args):
    return reverse(f"hotel:{name}", urlconf="config.urls_tenant", args=args)


@pytest.fixture
def mias(client_for, mia, hotel_a):
    return client_for(mia, hotel_a)


def fields(place, **more):
    given = {"property": place.pk, "code": "WINE", "name": "Wine", "component": "beverages", "position": 0}
    return given | {"price": "24.50"} | more


def test_an_article_is_made_and_audited(mias, property_a):
    answer = mias.post(page("folios_article_add"), fields(property_a.property))
    assert answer.status_code == 302
    assert Article.objects.get(code="WINE").price_minor == 2_450
    assert AuditEvent.objects.filter(action="article.created", subject_code="WINE").exists()


def test_a_code_that_is_taken_is_refused_at_its_field(mias, property_a):
    Article.objects.create(property=property_a.property, code="WINE", name="Wine", price_minor=1)
    answer = mias.post(page("folios_article_add"), fields(property_a.property))
    assert "code" in answer.context["adminform"].form.errors


def test_folios_and_lines_are_shown_and_never_changed(mias, property_a):
    article = Article.objects.create(property=property_a.property, code="W", name="Wine", price_minor=100)
    folio = folio_open(property=property_a.property, label="Bar", actor=TESTER)
    article_post(folio=folio, article=article, actor=TESTER)
    assert "€1.00" in mias.get(page("folios_folio_changelist")).content.decode()
    line = Posting.objects.get()
    assert mias.get(page("folios_posting_change", line.pk)).status_code == 200
    assert mias.post(page("folios_posting_change", line.pk), {"text": "x"}).status_code == 403


def test_the_desk_sees_no_articles_in_the_back_office(client_for, felix, property_a, hotel_a):
    Grant.objects.filter(user=felix).update(role=Role.objects.get(code="front_desk"))
    assert client_for(felix, hotel_a).get(page("folios_article_changelist")).status_code == 403

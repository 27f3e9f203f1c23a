"""`manage.py create_organization` makes one and says how its administrator gets in."""

import pytest
from django.core.management import CommandError, call_command

from pms.tenants.models import Organization


def create(**options):
    call_command(
        "create_organization", **{"slug": "grand-hotel", "name": "Grand", "admin_email": "mia@grand.test"} | options
    )


def test_it_works(db, capsys, client_for):
    create()
    said = capsys.readouterr().out
    assert "Grand answers on grand-hotel.localhost." in said
    link = said.split()[-1]
    organization = Organization.objects.get(slug="grand-hotel")
    answer = client_for(None, organization).get(
        link.split(":8000")[-1] if ":8000" in link else link.split(".localhost")[-1]
    )
    assert answer.status_code == 200
    assert "mia@grand.test" in answer.content.decode()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"slug": "Grand Hotel"}, "lower-case letters"),
        ({"slug": "hotel-a"}, "already"),
        ({"admin_email": "mia"}, "valid email"),
    ],
)
def test_a_refusal_is_one_sentence_and_leaves_nothing(hotel_a, options, words):
    with pytest.raises(CommandError, match=words):
        create(**options)
    assert not Organization.objects.filter(slug="grand-hotel").exists()

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from billing.taxes.models import Tax
from billing.taxes.regimes import REGIMES
from billing.taxes.services import regime_apply
from pms.branding.selectors import look
from pms.kernel.wording import said
from pms.onboarding import demo_baltic_rates, demo_texts
from pms.onboarding.demo_baltic import TYPES
from pms.onboarding.demo_hotels import CITY, RESORT
from pms.onboarding.demo_pictures import ALT, pictures_add
from pms.onboarding.demo_scenes import Scene, scene
from pms.onboarding.demo_words import IN_HOUSE, SENTENCES


@pytest.mark.parametrize("kind", Scene)
def test_a_seed_paints_the_same_picture(kind: Scene) -> None:
    painted = scene(kind, seed=3, width=120)
    assert Image.open(BytesIO(painted)).size == (120, 80)
    assert painted == scene(kind, seed=3, width=120) != scene(kind, seed=4, width=120)


def test_everything_the_demo_sells_has_its_words() -> None:
    sold = {kind.name for hotel in (CITY, RESORT) for kind in hotel.types} | {kind.name for kind in TYPES}
    assert sold | {plan.name for plan in demo_baltic_rates.PLANS} <= set(demo_texts.NAMES)
    described = {kind.description for hotel in (CITY, RESORT) for kind in hotel.types} | {
        row.description for row in TYPES
    }
    assert described | {CITY.house_rules, RESORT.house_rules} | set(ALT.values()) <= set(SENTENCES)


def test_every_tax_and_fee_of_the_demo_has_its_words() -> None:
    regimes = [REGIMES[name] for name in ("pt-lisbon", "pt-albufeira", "lt-vilnius")]
    named = {row.name for regime in regimes for row in (*regime.taxes, *regime.fees)}
    assert named | {"Final cleaning"} <= set(demo_texts.NAMES)


def test_demo_taxes_are_said_in_other_languages(property_a: Any, actor: Any) -> None:
    place = property_a.property
    regime_apply(property=place, regime="pt-lisbon", category="", actor=actor)
    demo_texts.texts_write(property=place, actor=actor)
    assert said(Tax.objects.get(property=place, code="CITY-TAX"), "name", "lt") == "Turisto mokestis"


def test_a_house_gets_its_pictures_once(property_a: Any, actor: Any, own_storage: Path) -> None:
    place = property_a.property
    assert pictures_add(property=place, actor=actor) == place.photos.count() >= 5
    assert place.photos.filter(room_type=None).count() == 4
    assert len(list(own_storage.rglob("*.jpg"))) == place.photos.count()
    assert pictures_add(property=place, actor=actor) == 0


def test_words_are_written_where_there_are_none(property_a: Any, actor: Any) -> None:
    kind = property_a.property.room_types.first()
    type(kind).objects.filter(pk=kind.pk).update(name="Studio")
    demo_texts.texts_write(property=property_a.property, actor=actor)
    kind.refresh_from_db()
    assert {code: words["name"] for code, words in kind.texts.items()} == {"lt": "Studija", "de": "Studio"}


def test_words_that_somebody_wrote_stay(property_a: Any, actor: Any) -> None:
    kind = property_a.property.room_types.first()
    type(kind).objects.filter(pk=kind.pk).update(name="Studio", texts={"lt": {"name": "Mansarda"}})
    demo_texts.texts_write(property=property_a.property, actor=actor)
    kind.refresh_from_db()
    assert (kind.texts["lt"]["name"], kind.texts["de"]["name"]) == ("Mansarda", "Studio")


def test_pictures_are_told_in_every_language(property_a: Any, actor: Any, own_storage: Path) -> None:
    place = property_a.property
    pictures_add(property=place, actor=actor)
    demo_texts.texts_write(property=place, actor=actor)
    assert {frozenset(photo.texts) for photo in place.photos.all()} == {frozenset({"lt", "de"})}


def test_a_demo_gets_its_brand_and_amenities_once(property_a: Any, actor: Any) -> None:
    place = property_a.property
    for _ in range(2):
        demo_texts.brand_write(slug="lusitania", actor=actor)
        demo_texts.amenities_add(property=place)
    assert said(look().brand, "tagline", "lt") == "Du namai prie vandens"
    assert place.amenities.count() == len(IN_HOUSE["LIS"])

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pms.onboarding import demo_baltic_rates, demo_texts
from pms.onboarding.demo_baltic import TYPES
from pms.onboarding.demo_hotels import CITY, RESORT
from pms.onboarding.demo_pictures import pictures_add
from pms.onboarding.demo_scenes import Scene, scene


@pytest.mark.parametrize("kind", Scene)
def test_a_seed_paints_the_same_picture(kind: Scene) -> None:
    painted = scene(kind, seed=3, width=120)
    assert Image.open(BytesIO(painted)).size == (120, 80)
    assert painted == scene(kind, seed=3, width=120) != scene(kind, seed=4, width=120)


def test_everything_the_demo_sells_has_its_words() -> None:
    sold = {kind.name for hotel in (CITY, RESORT) for kind in hotel.types} | {kind.name for kind in TYPES}
    assert sold | {plan.name for plan in demo_baltic_rates.PLANS} <= set(demo_texts.NAMES)


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
    assert kind.texts == {"lt": {"name": "Studija"}, "de": {"name": "Studio"}}

from io import BytesIO

import pytest
from PIL import Image

from pms.onboarding import demo_baltic_rates, demo_texts
from pms.onboarding.demo_baltic import TYPES
from pms.onboarding.demo_hotels import CITY, RESORT
from pms.onboarding.demo_scenes import Scene, scene


@pytest.mark.parametrize("kind", Scene)
def test_a_seed_paints_the_same_picture(kind: Scene) -> None:
    painted = scene(kind, seed=3, width=120)
    assert Image.open(BytesIO(painted)).size == (120, 80)
    assert painted == scene(kind, seed=3, width=120) != scene(kind, seed=4, width=120)


def test_everything_the_demo_sells_has_its_words() -> None:
    sold = {kind.name for hotel in (CITY, RESORT) for kind in hotel.types} | {kind.name for kind in TYPES}
    assert sold | {plan.name for plan in demo_baltic_rates.PLANS} <= set(demo_texts.NAMES)

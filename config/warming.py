"""What a web process loads before its workers are forked, so that no guest waits for it and none of them holds it twice."""

import gc
from pathlib import Path

from django.conf import settings
from django.template import engines
from django.urls import get_resolver

#: How many more objects were made than went before the youngest are looked through, and how often the older ones are.
COLLECT_AFTER = (100_000, 20, 50)


def warm() -> int:
    """Load every page behind the URLs and compile every template; return how many templates there are.

    Then freeze all of it: a full collection would walk through some hundred thousand objects that live as long as the
    process, in the middle of a request, and write to memory that the workers share. And collect less often: a search makes
    a hundred thousand objects that go by themselves, and looking for cycles among them was a twelfth of its time. Opens
    no connection, since a forked one would be used by two. Raises TemplateSyntaxError for a template that does not compile.
    """
    for name in (settings.ROOT_URLCONF, settings.PUBLIC_SCHEMA_URLCONF):
        _ = get_resolver(name).reverse_dict
    names = [
        str(path.relative_to(folder))
        for folder in map(Path, settings.TEMPLATES[0]["DIRS"])
        for path in sorted(folder.rglob("*.html"))
    ]
    for name in names:
        engines["django"].get_template(name)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    return len(names)

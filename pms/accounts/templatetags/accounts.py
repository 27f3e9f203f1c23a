"""`{{ session.user_agent|browser }}`: "Firefox on Windows" instead of what a browser says of itself."""

from django import template

register = template.Library()

#: First match wins: browsers name those they descend from as well.
BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


@register.filter
def browser(user_agent: str) -> str:
    """Return browser and system in words, or the beginning of what was said when neither is known."""
    names = [next((name for mark, name in known if mark in user_agent), "") for known in (BROWSERS, SYSTEMS)]
    return " on ".join(name for name in names if name) or user_agent[:60] or "Unknown"

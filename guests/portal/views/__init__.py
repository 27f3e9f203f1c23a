"""Pages behind the manage link, one module a page."""

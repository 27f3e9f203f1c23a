"""The public site: home, properties, room types, search, calendar, sitemap, widget. Pages and selectors; sells nothing."""

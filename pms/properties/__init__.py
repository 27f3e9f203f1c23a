"""Properties, room types, dated units with parents and children, amenities, photos; the business date."""

"""How an organization shows itself to guests: name, logo, colours, languages, texts, the frame of every guest page."""

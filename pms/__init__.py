"""Who we are, what we have, who works here."""

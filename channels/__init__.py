"""The channel manager: what other people's shop windows show, and what they sell for us."""

"""Forms behind what is done with money."""

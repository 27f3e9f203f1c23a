"""The pages from an offer to a paid booking. Every one works without JavaScript, reloaded, and reached by going back."""

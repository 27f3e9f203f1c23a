"""The forms of the desk: they parse shape; the rules are the services' and come back as form errors."""

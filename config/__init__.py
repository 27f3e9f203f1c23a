"""The project: settings, URL configurations, process entry points. No domain code."""

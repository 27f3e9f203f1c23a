"""Money, dates, errors, locking, jobs, HTTP helpers: what every app may use and none owns. No tables."""

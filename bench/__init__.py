"""Measures Innkeep beside the raw SQL of the same questions. `bench/run --help`. Nothing here runs in production."""

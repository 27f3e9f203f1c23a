"""Health, readiness, version, and the two admin sites. No tables."""

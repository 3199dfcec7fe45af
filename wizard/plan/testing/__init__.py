"""Plans phase 5: tests and the pytest configuration."""

"""Market: will bring prices in."""

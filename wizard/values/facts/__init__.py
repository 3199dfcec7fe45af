"""Facts that readers found, each with its source line; frozen, no behaviour."""

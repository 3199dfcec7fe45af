"""Plans phase 3: the block in the Compose files and the port in the registry."""

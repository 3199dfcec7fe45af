"""Doors to the outside: each a Protocol and its real class. Nothing here knows the checklist."""

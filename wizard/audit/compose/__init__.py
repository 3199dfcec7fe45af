"""Judges phase 3: the service's block as Compose merges it."""

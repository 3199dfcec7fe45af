"""Judges phase 6: README and runbook."""

"""Plans phase 6: README, runbook and status matrix."""

"""Risk: approves or refuses signals."""

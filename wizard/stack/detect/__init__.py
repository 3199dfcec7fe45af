"""Detects where the parts of a stack are, each field with its reason."""

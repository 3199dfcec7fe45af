"""Infers what a service is from its files, each value with its source."""

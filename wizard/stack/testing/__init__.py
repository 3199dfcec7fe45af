"""Reads a service's tests and the pytest configuration."""

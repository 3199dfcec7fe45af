"""Reads Compose files as Compose merges them, each value with its line."""

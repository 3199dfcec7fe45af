"""Reads, judges and says again what a stack is, each time its files change."""

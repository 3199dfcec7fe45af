"""Reads how Python code sends and gets messages: calls to Redis, what tries again, which model a message carries."""

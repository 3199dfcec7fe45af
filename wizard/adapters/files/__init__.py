"""Reads and writes the stack's files: no symlink followed out of it, no write that is not durable."""

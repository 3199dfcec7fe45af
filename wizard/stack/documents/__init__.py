"""Reads documents: Markdown, port registries, SQL."""

"""Presents values as text and styles; pure, no widget."""

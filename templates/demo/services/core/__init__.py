"""Core: turns prices into signals."""

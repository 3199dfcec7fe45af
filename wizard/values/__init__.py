"""Frozen shapes that travel between rooms. No input or output, no behaviour beyond derived properties."""

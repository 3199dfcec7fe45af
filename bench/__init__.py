"""Ratios measured side by side in one run (`make bench`); medians of nine or more. Nothing here is a test."""

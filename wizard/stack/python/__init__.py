"""Reads Python source: what is bound, called and defined, without running it."""

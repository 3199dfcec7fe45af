"""Splices text into files that people wrote: text in, text out, proven at every call."""

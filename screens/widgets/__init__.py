"""Widgets of the app; each one shows outside text literally."""

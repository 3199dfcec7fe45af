"""The base of the app, a layer each."""

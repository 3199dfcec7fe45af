"""Runs a service on a Docker engine, through its SDK and Compose's command line."""

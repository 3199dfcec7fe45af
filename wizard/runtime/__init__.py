"""Runs a service: the Protocols that `verify` uses, and the engine and the embedded servers that fulfil them."""

"""The signals service: Turns prices and orders into signals, and keeps what it said."""

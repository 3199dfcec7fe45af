"""WS: the latest events of the stack for the dashboard."""

"""The clock service: Says what time it is in the stack."""

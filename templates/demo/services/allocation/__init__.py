"""Allocation: shares the capital out between the symbols."""

"""PROVE: the live checks, a generator of observations, the same for every runtime."""

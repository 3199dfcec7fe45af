"""The parts of the phase screen."""

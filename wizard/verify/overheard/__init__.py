"""Who reads and writes what, as the commands say that Redis gets."""

"""PROPOSE: facts, spec and report in, a `ChangeSet` out. Pure: nothing here opens a file, a socket or a process."""

"""A Swarm as a runtime: a scratch stack beside what runs, its tasks on any node."""

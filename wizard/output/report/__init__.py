"""A stack as one page of HTML that needs nothing else."""

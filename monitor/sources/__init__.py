"""poll: what is new on a source since its cursor? One file per platform turns its JSON into posts, and nothing else."""

"""How the runs of a study become files: one process each, one directory each."""

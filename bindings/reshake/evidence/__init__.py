"""Evidence: a run of a batch, run again to the byte, and looked into."""

"""The data plane: listener, pipeline, upstream. It runs snapshots and never reads configuration."""

"""A local certificate authority for workload certificates."""

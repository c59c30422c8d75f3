"""What only the leader does: everything that writes to the cluster."""

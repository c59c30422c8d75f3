"""The control plane inside a cluster: xDS for injected Envoys, the admission webhook, and the leader's chores."""

"""Amazon EKS's control plane as an API: clusters and what hangs off them, without any Kubernetes behind it."""

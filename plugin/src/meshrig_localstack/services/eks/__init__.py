"""Amazon EKS's control plane as an API: clusters, what hangs off them, and who may come in. Runs no Kubernetes."""

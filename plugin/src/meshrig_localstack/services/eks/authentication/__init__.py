"""Who a Kubernetes token of EKS belongs to, and what Kubernetes calls that caller. Asks nobody outside LocalStack."""

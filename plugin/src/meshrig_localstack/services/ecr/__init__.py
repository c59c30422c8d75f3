"""ECR: moto's answers, or with MESHRIG_REGISTRY_URL the truth about a Docker registry and an endpoint for Docker."""

"""Objects of the Kubernetes API, which the API server has checked, -> the model."""

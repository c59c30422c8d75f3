"""Model to proxy configuration: pure functions, the same input always giving the same Envoy resources."""

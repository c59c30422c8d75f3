"""Kubernetes Ingress objects of one class as one Envoy, with the meaning ingress-nginx gives them."""

"""Put an Envoy into a pod: pure functions from a pod to a pod, for the admission webhook and ``meshrig inject``."""

"""The endpoint that Docker, containerd and other clients of the Registry v2 protocol talk to."""

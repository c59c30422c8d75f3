"""Pods in a kind cluster, what stands beside it in compose; everything through the standard command lines."""

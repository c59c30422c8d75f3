"""``meshrig up`` and ``meshrig down`` with pods in a kind cluster and the AWS APIs in compose."""

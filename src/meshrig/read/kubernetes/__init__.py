"""The shapes of Kubernetes objects, and the check of what a manifest says against them."""

"""The Envoy that plays API Gateway and the network load balancers behind its VPC links."""

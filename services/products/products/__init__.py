"""products-service: the shop's catalogue."""

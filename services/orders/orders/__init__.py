"""orders-service: orders, placed after asking users-service and products-service."""

"""DynamoDB from the moto inside LocalStack: no Java, no download, and a fast listener beside the gateway."""

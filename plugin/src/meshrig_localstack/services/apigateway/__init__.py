"""What LocalStack's API Gateway lacks: VPC links that point somewhere, and a view of what is deployed."""

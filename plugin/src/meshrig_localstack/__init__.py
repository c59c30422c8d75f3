"""LocalStack plugin of meshrig: what free LocalStack lacks for an API Gateway, EKS and App Mesh stack."""

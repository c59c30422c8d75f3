"""AWS App Mesh 2019-01-25 as a LocalStack provider: all 38 operations, driven by botocore's model of the service."""

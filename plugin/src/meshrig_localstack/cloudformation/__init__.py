"""CloudFormation resource types LocalStack lacks, driven by AWS's own resource schemas, and repairs of its engine."""

"""What can be said of a CloudFormation template's text without AWS."""

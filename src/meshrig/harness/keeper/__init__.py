"""The keeper: in compose beside LocalStack, it keeps the stack, configures the edge and answers the token webhook."""

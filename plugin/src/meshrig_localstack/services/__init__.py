"""AWS services free LocalStack lacks: answered by the moto inside it, with our own truth on top where moto's is wrong."""

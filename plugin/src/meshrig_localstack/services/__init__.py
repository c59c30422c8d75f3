"""AWS services free LocalStack lacks: answered by the moto inside it, or by ourselves where moto is wrong."""

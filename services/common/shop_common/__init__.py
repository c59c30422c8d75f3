"""What the three services of the shop share: errors, validation, health, DynamoDB access, logs and server settings.

Copied next to the service's own package in each image, so it imports nothing that is not in every requirements.txt.
"""

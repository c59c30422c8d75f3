"""Fakes and fixtures for the services' tests; in no image."""

"""Runtimes start and stop what a plan says; they decide nothing."""

"""The only wiring: every verb of the command line is a short sequence of steps of the layers below."""

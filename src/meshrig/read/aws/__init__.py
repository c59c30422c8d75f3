"""Read what AWS's public APIs say."""

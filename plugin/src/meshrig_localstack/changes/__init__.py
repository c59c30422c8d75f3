"""The change feed: tells a reader over HTTP that some AWS state it may care about has changed."""

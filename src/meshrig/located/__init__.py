"""Text with places: YAML and JSON whose every value knows its file and line."""

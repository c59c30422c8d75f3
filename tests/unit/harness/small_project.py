"""A project with two scenarios of one request each."""

from pathlib import Path

GOOD = "name: {}\nphases: [{{name: ask, request: {{path: /users}}}}]\n"


def write_project(folder: Path, scenarios: tuple[str, ...] = ("rate_limit.yaml", "mtls.yaml")) -> Path:
    """Its file; nothing but the scenarios is ever read."""
    (folder / "stack.yaml").write_text("Resources: {}\n")
    (folder / "rate_limit.yaml").write_text(GOOD.format("rate limit"))
    (folder / "mtls.yaml").write_text(GOOD.format("mTLS"))
    project = folder / "meshrig.yaml"
    listed = "".join(f"\n  - {name}" for name in scenarios) or " []"
    project.write_text(f"project: shop\ntemplate: stack.yaml\nstack: {{name: shop}}\nscenarios:{listed}\n")
    return project

"""meshrig's own images, built from this checkout once for each state of it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from meshrig.harness.kind.layout import Layout
from meshrig.runtime.kind.images import Build, build_image, content_hash, has_image

Say = Callable[[str], None]
CONTROL_PLANE_REPOSITORY = "meshrig/control-plane"
ENVOY_REPOSITORY = "meshrig/envoy"


@dataclass(frozen=True)
class OwnImages:
    """Local references, each with a tag that names its sources."""

    localstack: str
    meshrig: str
    envoy: str


def build_own_images(layout: Layout, say: Say) -> OwnImages:
    """Raises CommandError with the end of a build that failed."""
    root = layout.checkout
    sources = {
        "localstack": ("compose/localstack/Dockerfile", "plugin/pyproject.toml", "plugin/src"),
        "meshrig": ("compose/meshrig/Dockerfile", "pyproject.toml", "uv.lock", "src"),
        "envoy": ("envoy/Dockerfile",),
    }
    references = {name: _build(layout, name, [root / part for part in parts], say) for name, parts in sources.items()}
    return OwnImages(references["localstack"], references["meshrig"], references["envoy"])


def _build(layout: Layout, name: str, sources: list[Path], say: Say) -> str:
    reference = f"{layout.image_prefix}{name}:{content_hash(sources)}"
    if not has_image(layout.tools.run, reference):
        # Envoy's image copies nothing of ours; its own folder keeps the context small.
        context = sources[0].parent if name == "envoy" else layout.checkout
        build_image(layout.tools.run, Build(context, sources[0]), reference, name)
        say(f"image {name} built")
    return reference

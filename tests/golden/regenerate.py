"""Rewrites the golden files: ``python -m tests.golden.regenerate``; read the diff before committing it."""

from pathlib import Path

from meshrig.compile.static import to_yaml
from tests.golden.cases import CASES, EXPECTED
from tests.golden.injection import cases as injection

EXAMPLES = Path(__file__).parents[2] / "envoy" / "examples"
_SHOWN = ("sidecar_client_and_server", "ingress_rewrite", "edge_one_stage")


def main() -> None:
    for folder, names in ((EXPECTED, tuple(CASES)), (EXAMPLES, _SHOWN)):
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            (folder / f"{name}.yaml").write_text(to_yaml(CASES[name]()), encoding="utf-8")
    injection.EXPECTED.mkdir(parents=True, exist_ok=True)
    for name in injection.CASES:
        (injection.EXPECTED / f"{name}.yaml").write_text(injection.to_yaml(name), encoding="utf-8")


if __name__ == "__main__":
    main()

"""What the API and the endpoint for Docker share: one set of images, one key for passwords."""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from localstack import config

from meshrig_localstack.changes.hooks import change_feed
from meshrig_localstack.services.ecr.pushes import Images
from meshrig_localstack.services.ecr.registry import Registry
from meshrig_localstack.services.ecr.repositories import Place
from meshrig_localstack.services.ecr.settings import EcrSettings, ecr_settings
from meshrig_localstack.services.ecr.tokens import Tokens, signing_key

LOG = logging.getLogger(__name__)

KEY_FILE = Path("meshrig", "ecr-token-key")


@dataclass(frozen=True)
class EcrParts:
    """Everything ECR with a registry is made of."""

    settings: EcrSettings
    images: Images
    tokens: Tokens


@cache
def ecr_parts() -> EcrParts | None:
    """Those of this process; None without a registry."""
    settings = ecr_settings()
    if settings is None:
        return None
    tokens = Tokens(signing_key(Path(config.dirs.var_libs) / KEY_FILE))
    return EcrParts(settings, Images(Registry(settings.registry), record_push), tokens)


def record_push(place: Place) -> None:
    """Tells the change feed of an image pushed by Docker or the API, as CloudTrail does on AWS."""
    time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    change_feed().record("ecr", "PutImage", place.region, place.account, time)

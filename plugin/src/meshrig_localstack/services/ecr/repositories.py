"""The repositories that exist: moto keeps them, by account and region."""

from dataclasses import dataclass

from moto.ecr.models import Repository as MotoRepository
from moto.ecr.models import ecr_backends

from meshrig_localstack.services.ecr.mutability import TagMutability


@dataclass(frozen=True)
class Place:
    """One of ECR's registries: every account has one in every region."""

    account: str
    region: str


@dataclass(frozen=True)
class Repository:
    """A repository that exists."""

    place: Place
    name: str
    arn: str
    mutability: TagMutability

    @property
    def path(self) -> str:
        """Its name in the registry behind ECR, which has one namespace for all accounts and regions."""
        return f"{self.place.account}/{self.place.region}/{self.name}"


def find_repository(place: Place, name: str) -> Repository | None:
    """The repository, None when it was not created (or the account or region cannot be)."""
    found = find_in_moto(place, name)
    if found is None:
        return None
    filters = found.image_tag_mutability_exclusion_filters or []
    mutability = TagMutability(str_value(found.image_tag_mutability), tuple(each["filter"] for each in filters))
    return Repository(place, name, found.arn, mutability)


def find_in_moto(place: Place, name: str) -> MotoRepository | None:
    """moto's object, for what it alone knows."""
    try:
        backend = ecr_backends[place.account][place.region]
    except KeyError:  # no region of that name
        return None
    return backend.repositories.get(name)


def str_value(setting: object) -> str:
    """moto's enums and texts as text."""
    return str(getattr(setting, "value", setting))

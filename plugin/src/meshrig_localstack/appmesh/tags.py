"""Tags: AWS's ``[{"key": ..., "value": ...}]`` lists and the rules for them (50 per resource, no ``aws:`` keys)."""

from collections import Counter
from collections.abc import Iterator

from meshrig_localstack.appmesh.errors import TooManyTagsException
from meshrig_localstack.appmesh.service_model import JsonObject

MAX_TAGS = 50


def tag_problems(tags: list[JsonObject]) -> Iterator[str]:
    """Violations by a TagList that the model accepts."""
    for key, count in Counter(tag["key"] for tag in tags).items():
        if count > 1:
            yield f"tags has key {key!r} {count} times"
        if key.lower().startswith("aws:"):
            yield f"tags: keys beginning with aws: are reserved, got: {key!r}"


def tag_map(tags: list[JsonObject]) -> dict[str, str]:
    """Key -> value of a valid TagList; a missing value is empty."""
    return {tag["key"]: tag.get("value") or "" for tag in tags}


def tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    """The TagList of a map, sorted by key."""
    return [{"key": key, "value": tags[key]} for key in sorted(tags)]


def merged(tags: dict[str, str], added: dict[str, str]) -> dict[str, str]:
    """The tags after adding; TooManyTagsException beyond 50."""
    result = {**tags, **added}
    if len(result) > MAX_TAGS:
        raise TooManyTagsException(f"A resource can have at most {MAX_TAGS} tags; this would make {len(result)}")
    return result

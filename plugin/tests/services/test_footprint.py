"""The measures that keep LocalStack small change nothing a caller sees."""

from typing import Any

from meshrig_localstack.services.footprint import Offerings


class Source:
    """A list of offerings that counts how often it is read."""

    def __init__(self) -> None:
        self.reads = 0

    def __call__(self) -> list[dict[str, Any]]:
        self.reads += 1
        return [{"InstanceType": "t3.large", "Location": "us-east-1"}]


def test_the_pass_at_import_reads_nothing() -> None:
    source = Source()
    offerings = Offerings("region", source)
    assert list(offerings) == []
    assert source.reads == 0


def test_the_first_question_reads_once_and_marks_the_location_type() -> None:
    source = Source()
    offerings = Offerings("region", source)
    list(offerings)
    wanted = [{"InstanceType": "t3.large", "Location": "us-east-1", "LocationType": "region"}]
    assert list(offerings) == wanted
    assert list(offerings) == wanted
    assert source.reads == 1

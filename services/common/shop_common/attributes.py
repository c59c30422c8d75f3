"""Items to and from DynamoDB's typed attribute values, for the four types the shop stores (S, N, L, M).

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
boto3 has a serializer too, but it needs boto3's resource layer and turns every number into a Decimal.
"""

from collections.abc import Mapping, Sequence

from shop_common.table import Item, Value

type AttributeValue = Mapping[str, object]


def to_attributes(item: Item) -> dict[str, AttributeValue]:
    """`{"id": "a", "price": 1}` to `{"id": {"S": "a"}, "price": {"N": "1"}}`."""
    return {name: _to_attribute(value) for name, value in item.items()}


def from_attributes(attributes: Mapping[str, AttributeValue]) -> dict[str, Value]:
    """The reverse; ValueError for a type the shop never writes."""
    return {name: _from_attribute(value) for name, value in attributes.items()}


def _to_attribute(value: Value) -> AttributeValue:
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, int):
        return {"N": str(value)}
    if isinstance(value, Mapping):
        return {"M": to_attributes(value)}
    return {"L": [_to_attribute(element) for element in value]}


def _from_attribute(attribute: AttributeValue) -> Value:
    match attribute:
        case {"S": str(text)}:
            return text
        case {"N": str(number)}:
            return int(number)
        case {"M": Mapping() as members}:
            return from_attributes(members)
        case {"L": Sequence() as elements}:
            return [_from_attribute(element) for element in elements]
    raise ValueError(f"attribute value of a type this service does not write: {attribute!r}")

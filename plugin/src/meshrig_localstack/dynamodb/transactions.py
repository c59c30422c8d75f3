"""Keeps moto's transactions affordable on tables that grow.

moto backs up a transaction by deep-copying every table it names, half a second for 15,000 items. What a rollback needs
is the table's set of items and the former state of the items that the transaction names. A table therefore answers
``copy.deepcopy`` with exactly that while a transaction runs (the copy module honours an instance's ``__deepcopy__``).
"""

import copy
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

HOOK = "__deepcopy__"


@contextmanager
def affordable_rollback(account: str, region: str, request: Mapping[str, Any]) -> Iterator[None]:
    """For the time of one TransactWriteItems; the caller holds the DynamoDB lock. Takes malformed requests too."""
    backend = dynamodb_backends[account][region]
    named = _keys_by_table(request)
    tables = [table for name, table in backend.tables.items() if name in named]
    for table in tables:
        vars(table)[HOOK] = lambda _memo, table=table: _snapshot(table, named[table.name])
    try:
        yield
    finally:
        for table in tables:
            vars(table).pop(HOOK, None)


def _keys_by_table(request: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Table name -> the keys, or whole new items, that a transaction names; what moto will refuse is left out."""
    named: dict[str, list[dict[str, Any]]] = defaultdict(list)
    actions = request.get("TransactItems")
    for action in actions if isinstance(actions, list) else []:
        for operation in action.values() if isinstance(action, dict) else []:
            key = operation.get("Key") or operation.get("Item") if isinstance(operation, dict) else None
            if isinstance(key, dict) and isinstance(operation.get("TableName"), str):
                named[operation["TableName"]].append(key)
    return named


def _snapshot(table: Table, keys: list[dict[str, Any]]) -> Table:
    kept = copy.copy(table)
    vars(kept).pop(HOOK, None)
    kept.items = defaultdict(dict)
    for hash_key, under_hash in table.items.items():
        kept.items[hash_key] = dict(under_hash) if table.range_key_attr else under_hash
    for key in keys:
        _keep_item(table, kept, key)
    if table.stream_shard is not None:
        kept.stream_shard = copy.copy(table.stream_shard)
        kept.stream_shard.items = list(table.stream_shard.items)
    return kept


def _keep_item(table: Table, kept: Table, key: dict[str, Any]) -> None:
    """Replaces one item of the snapshot by a copy of its own, as an update changes items in place."""
    attributes = [name for name in (table.hash_key_attr, table.range_key_attr) if name]
    if not all(isinstance(key.get(name), dict) and key[name] for name in attributes):
        return
    hash_key, *range_key = (DynamoType(key[name]) for name in attributes)
    under_hash = table.items.get(hash_key)
    if under_hash is None:
        return
    if not range_key:
        kept.items[hash_key] = copy.deepcopy(under_hash)
    elif range_key[0] in under_hash:
        kept.items[hash_key][range_key[0]] = copy.deepcopy(under_hash[range_key[0]])

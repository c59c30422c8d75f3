"""Phases that go around the mesh."""

import typing

from meshrig.located.fields import Fields, did_you_mean
from meshrig.scenario.definition import WITHOUT_CERTIFICATE, Bypass, Via

_VIAS: tuple[Via, ...] = typing.get_args(Via)


def read_bypass(name: str, fields: Fields, _known: set[str]) -> Bypass:
    """``target``, and where not all of them are meant, ``via`` and ``clients``."""
    target = fields.text("target", required=True)
    via, clients = _words(fields, "via", _VIAS), _words(fields, "clients", WITHOUT_CERTIFICATE)
    fields.close()
    return Bypass(name, target, via, clients)


def _words[Word: str](fields: Fields, key: str, known: tuple[Word, ...]) -> tuple[Word, ...]:
    """Words of a closed set, each at most once; all of them where the key is not there."""
    if fields.node(key) is None:
        return known
    given = fields.texts(key)
    if not given:
        fields.problem("names none", key, f"known: {', '.join(known)}; leave it out for all")
    for word in sorted(set(given)):
        if word not in known:
            fields.problem(f"unknown word {word!r}", key, did_you_mean(word, known))
        elif given.count(word) > 1:
            fields.problem(f"names {word} twice", key)
    return tuple(word for word in known if word in given)

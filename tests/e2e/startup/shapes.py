"""Shapes of JSON values, as exact as the contract gives them: every field, no other field, the type of each."""

import re

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def text(value):
    return isinstance(value, str)


def time(value):
    return isinstance(value, str) and bool(TIME.fullmatch(value))


def flag(value):
    return isinstance(value, bool)


def whole(value):
    return isinstance(value, int) and not isinstance(value, bool)


def number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def anything(_):
    return True


def nothing(value):
    return value is None


class Maybe:
    """The shape, or null."""

    def __init__(self, shape):
        self.shape = shape


class Words:
    """One of these texts."""

    def __init__(self, *words):
        self.words = words

    def __call__(self, value):
        return value in self.words


class Open(dict):
    """An object that may have more fields."""


def faults(shape, value, where="answer"):
    """What does not fit. `shape`: a function above, [shape] for a list, {name: shape} for an object, where a name with ? at
    its end may be left out."""
    if isinstance(shape, Maybe):
        return [] if value is None else faults(shape.shape, value, where)
    if isinstance(shape, list):
        if not isinstance(value, list):
            return [f"{where} is no list"]
        return [fault for i, one in enumerate(value) for fault in faults(shape[0], one, f"{where}[{i}]")]
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return [f"{where} is no object"]
        found, known = [], set()
        for name, inner in shape.items():
            known.add(name.rstrip("?"))
            if name.rstrip("?") in value:
                found += faults(inner, value[name.rstrip("?")], f"{where}.{name.rstrip('?')}")
            elif not name.endswith("?"):
                found.append(f"{where}.{name} is missing")
        if not isinstance(shape, Open):
            found += [f"{where}.{name} is not in the contract" for name in value.keys() - known]
        return found
    return [] if shape(value) else [f"{where} is {value!r:.80}, no {getattr(shape, '__name__', shape.__class__.__name__)}"]

"""Terraform's values: types in their JSON form (`["list", "string"]`), and values as msgpack and as plain JSON.

Null is None; a number is an int, or a Decimal where it has a fraction; a set is a list; an object or a map is a dict.
"""

import json
from decimal import Context, Decimal
from typing import NamedTuple

import msgpack

EXACT = Context(prec=400)


class Unknown:
    """A value that is only known after apply."""

    def __repr__(self):
        return "(unknown)"


UNKNOWN = Unknown()
UNKNOWN_BYTES = msgpack.ExtType(0, b"\0")


class Dynamic(NamedTuple):
    """A value with the type that it has found for itself."""

    type: object
    value: object


def number(value):
    """Exact; whatever is whole is an int."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        raise ValueError(f"{value!r} is no number")
    if isinstance(value, int):
        return value
    value = EXACT.create_decimal(value)
    return int(value) if value == value.to_integral_value() else value


def decode(data, type):
    """Of a DynamicValue's msgpack; none is null."""
    if not data:
        return None
    return _decoded(msgpack.unpackb(data, ext_hook=lambda code, data: UNKNOWN, strict_map_key=False), type)


def _decoded(raw, type):
    if raw is None or raw is UNKNOWN:
        return raw
    if type == "dynamic":
        of = json.loads(raw[0])
        return Dynamic(of, _decoded(raw[1], of))
    if type == "number":
        return number(raw)
    if type in ("string", "bool"):
        return raw
    kind, of = type[0], type[1]
    if kind in ("list", "set"):
        return [_decoded(each, of) for each in raw]
    if kind == "tuple":
        return [_decoded(each, of) for each, of in zip(raw, of, strict=True)]
    if kind == "map":
        return {key: _decoded(each, of) for key, each in raw.items()}
    return {name: _decoded(raw[name], of) for name, of in of.items()}


def encode(value, type):
    return msgpack.packb(_encodable(value, type))


def _encodable(value, type):
    if value is None:
        return None
    if value is UNKNOWN:
        return UNKNOWN_BYTES
    if type == "dynamic":
        return [json.dumps(value.type, separators=(",", ":")).encode(), _encodable(value.value, value.type)]
    if type == "number":
        return _number(value)
    if type in ("string", "bool"):
        return value
    kind, of = type[0], type[1]
    if kind in ("list", "set"):
        return [_encodable(each, of) for each in value]
    if kind == "tuple":
        return [_encodable(each, of) for each, of in zip(value, of, strict=True)]
    if kind == "map":
        return {key: _encodable(each, of) for key, each in value.items()}
    return {name: _encodable(value.get(name), of) for name, of in of.items()}


def _number(value):
    """Whole within 64 bits, a float where that is exact, and a decimal string elsewhere."""
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return value
    try:
        short = float(value)
        if EXACT.create_decimal(short) == value:
            return short
    except OverflowError:
        pass
    return format(EXACT.create_decimal(value), "f")


def to_json(value, type):
    """As people would write it; a number that JSON's readers would round is a string."""
    if value is None or type in ("string", "bool"):
        return value
    if type == "dynamic":
        return {"type": value.type, "value": to_json(value.value, value.type)}
    if type == "number":
        return value if isinstance(value, int) and abs(value) < 2**53 else _number(value)
    kind, of = type[0], type[1]
    if kind == "set":
        return sorted((to_json(each, of) for each in value), key=lambda each: json.dumps(each, sort_keys=True))
    if kind == "list":
        return [to_json(each, of) for each in value]
    if kind == "tuple":
        return [to_json(each, of) for each, of in zip(value, of, strict=True)]
    if kind == "map":
        return {key: to_json(each, of) for key, each in value.items()}
    return {name: to_json(value.get(name), of) for name, of in of.items()}


def from_json(value, type):
    if value is None or type in ("string", "bool"):
        return value
    if type == "dynamic":
        return Dynamic(value["type"], from_json(value["value"], value["type"]))
    if type == "number":
        return number(value)
    kind, of = type[0], type[1]
    if kind in ("list", "set"):
        return [from_json(each, of) for each in value]
    if kind == "tuple":
        return [from_json(each, of) for each, of in zip(value, of, strict=True)]
    if kind == "map":
        return {key: from_json(each, of) for key, each in value.items()}
    return {name: from_json(value.get(name), of) for name, of in of.items()}


def same(one, other, type):
    """Whether two values are equal; two unknowns are not."""
    if one is None or other is None:
        return one is other
    if one is UNKNOWN or other is UNKNOWN:
        return False
    if type == "dynamic":
        return one.type == other.type and same(one.value, other.value, one.type)
    if type in ("string", "bool", "number"):
        return one == other
    kind, of = type[0], type[1]
    if kind == "set":
        return len(one) == len(other) and all(any(same(a, b, of) for b in other) for a in one)
    if kind == "list":
        return len(one) == len(other) and all(same(a, b, of) for a, b in zip(one, other))
    if kind == "tuple":
        return all(same(a, b, of) for a, b, of in zip(one, other, of))
    if kind == "map":
        return one.keys() == other.keys() and all(same(one[key], other[key], of) for key in one)
    return all(same(one.get(name), other.get(name), of) for name, of in of.items())

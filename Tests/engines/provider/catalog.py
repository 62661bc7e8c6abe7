"""The types of our provider, each for a part of the protocol."""

from os import environ

from schema import Attribute as A
from schema import Block, NestedBlock, Type

STRINGS = ["map", "string"]
POINT = ["object", {"x": "number", "y": "number"}]
# Every object has these; a mood says how the provider misbehaves about it: see moods.py.
COMMON = {
    "id": A("string", "computed"),
    "name": A("string", "required force"),
    "mood": A("string", "optional"),
}


def block(attributes, blocks=None):
    return Block({**COMMON, **attributes}, blocks)



def thing():
    """What most types look like."""
    return Type(block({
        "size": A("number", "optional"),
        "enabled": A("bool", "optional"),
        "zone": A("string", "optional force"),
        "tags": A(STRINGS, "optional"),
        "ports": A(["set", "number"], "optional"),
        "hosts": A(["list", "string"], "optional"),
        "document": A("string", "optional json"),
        "note": A("string", "optional computed"),
        "token": A("string", "optional sensitive"),
        "arn": A("string", "computed"),
        "key": A("string", "computed sensitive"),
        "revision": A("number", "computed volatile"),
    }, {"timeouts": NestedBlock("single", Block({
        "create": A("string", "optional"),
        "update": A("string", "optional"),
        "delete": A("string", "optional"),
    }))}))


def kinds():
    """An attribute of every type."""
    return Type(block({
        "text": A("string", "optional"),
        "number": A("number", "optional"),
        "flag": A("bool", "optional"),
        "list": A(["list", "string"], "optional"),
        "set": A(["set", "string"], "optional"),
        "map": A(["map", "number"], "optional"),
        "object": A(POINT, "optional"),
        "tuple": A(["tuple", ["string", "number", "bool"]], "optional"),
        "objects": A(["list", POINT], "optional"),
        "object_set": A(["set", POINT], "optional"),
        "lists": A(["map", ["list", "string"]], "optional"),
        "deep": A(["object", {"points": ["list", POINT], "sets": ["map", ["set", "number"]]}], "optional"),
        "dynamic": A("dynamic", "optional"),
        "chosen": A("string", "optional computed"),
        "chosen_list": A(["list", "string"], "optional computed"),
        "chosen_map": A(STRINGS, "optional computed"),
        "made": A("string", "computed"),
        "made_number": A("number", "computed"),
        "made_list": A(["list", "string"], "computed"),
        "made_object": A(POINT, "computed"),
        "made_dynamic": A("dynamic", "computed"),
        "pinned": A("number", "optional force"),
    }))


def blocks():
    """A block in every nesting mode, and blocks inside them."""
    def inner(**more):
        return Block({
            "key": A("string", "required"),
            "value": A("string", "optional"),
            "chosen": A("string", "optional computed"),
            "made": A("string", "computed"),
        }, more)

    return Type(block({"label": A("string", "optional")}, {
        "one": NestedBlock("single", inner(part=NestedBlock("list", inner()))),
        "row": NestedBlock("list", inner(part=NestedBlock("set", inner()), extra=NestedBlock("single", inner()))),
        "bag": NestedBlock("set", inner(part=NestedBlock("list", inner()))),
        "by_key": NestedBlock("map", inner(part=NestedBlock("list", inner()))),
        "whole": NestedBlock("group", Block({
            "text": A("string", "optional"),
            "chosen": A("string", "optional computed"),
        })),
        "pair": NestedBlock("list", Block({"key": A("string", "required force")}), 0, 2),
        "simple_bag": NestedBlock("set", Block({"key": A("string", "required"), "weight": A("number", "optional")})),
    }))


def nested():
    """Attributes with attributes inside, which protocol 6 has."""
    inner = {
        "key": A("string", "required"),
        "value": A("string", "optional"),
        "chosen": A("string", "optional computed"),
        "made": A("string", "computed"),
    }
    free = {**inner, "key": A("string", "optional computed")}
    deep = {**inner, "parts": A(None, "optional", ("list", inner))}
    return Type(block({
        "one": A(None, "optional", ("single", deep)),
        "row": A(None, "optional", ("list", deep)),
        "bag": A(None, "optional", ("set", inner)),
        "pins": A(None, "optional", ("set", {**inner, "key": A("string", "optional"), "at": A("number", "required force")})),
        "by_key": A(None, "optional", ("map", deep)),
        "chosen_one": A(None, "optional computed", ("single", free)),
        "chosen_row": A(None, "optional computed", ("list", free)),
        "made_one": A(None, "computed", ("single", {"key": A("string", "computed")})),
        "pinned": A(None, "optional", ("single", {"key": A("string", "optional force")})),
    }))


def secret():
    """What must never be seen: sensitive values at every depth, and one that is written only."""
    return Type(block({
        "username": A("string", "optional"),
        "password": A("string", "optional write_only"),
        "password_version": A("number", "optional"),
        "pin": A("string", "optional sensitive"),
        "labels": A(STRINGS, "optional sensitive"),
        "generated": A("string", "computed sensitive"),
    }, {"login": NestedBlock("list", Block({
        "user": A("string", "required"), "phrase": A("string", "required sensitive"),
    }))}))


def regional():
    """Told apart by region and name; it remembers private bytes, and refuses to do without them."""
    return Type(block({
        "region": A("string", "required force"),
        "size": A("number", "optional"),
    }), identity={"region": "string", "name": "string"})


def numbered():
    """Its world gives the ids, so that two may have one name, and nothing tells which of them was meant."""
    return Type(block({
        "size": A("number", "optional"),
        "zone": A("string", "optional force"),
    }))


def versioned():
    """Its schema has changed twice: `size` was a string, then a number, and is `capacity` now."""
    version = int(environ.get("PEER_VERSION", "2"))
    size = {0: {"size": A("string", "optional")}, 1: {"size": A("number", "optional")},
            2: {"capacity": A("number", "optional")}}
    return Type(block(size[version]), version=version)


def legacy():
    """Speaks as the old SDK does: empty where it was null, and planned what it does not keep to."""
    return Type(block({
        "text": A("string", "optional"),
        "weight": A("number", "optional"),
        "tags": A(STRINGS, "optional"),
        "tags_all": A(STRINGS, "optional computed"),
        "hosts": A(["set", "string"], "optional"),
        "arn": A("string", "computed"),
    }, {"rule": NestedBlock("set", Block({
        "key": A("string", "required"), "text": A("string", "optional"), "size": A("number", "optional"),
    }))}), legacy=True)


def waiting():
    """Can be planned only once a thing of the name in `awaits` exists."""
    return Type(block({"awaits": A("string", "optional")}))


def wide(number):
    """One of many, as a cloud's provider has them."""
    attributes = {f"attribute_{index}": A("string", "optional computed") for index in range(20)}
    rule = Block({f"part_{index}": A("string", "optional") for index in range(10)})
    return Type(block({**attributes, "tags": A(STRINGS, "optional")}, {
        "rule": NestedBlock("list", rule), "setting": NestedBlock("set", rule)}))


def resources(protocol):
    found = {
        "peer_thing": thing(), "peer_kinds": kinds(), "peer_blocks": blocks(), "peer_secret": secret(),
        "peer_regional": regional(), "peer_versioned": versioned(), "peer_legacy": legacy(),
        "peer_waiting": waiting(), "peer_numbered": numbered(),
    }
    if protocol == 6:
        found["peer_nested"] = nested()
    for index in range(int(environ.get("PEER_TYPES", "0"))):
        found[f"peer_wide_{index:04}"] = wide(index)
    return found


def data_sources():
    """`peer_thing` reads one by its name, `peer_things` finds the names of all that a filter lets through."""
    attributes = {**thing().block.attributes, "name": A("string", "required")}
    seen = {name: A(each.type, "computed") for name, each in attributes.items() if name not in ("name", "mood", "token", "key")}
    seen["key"] = A("string", "computed sensitive")
    return {
        "peer_thing": Type(Block({**seen, "name": A("string", "required"), "mood": A("string", "optional")})),
        "peer_things": Type(Block({
            "id": A("string", "computed"),
            "names": A(["list", "string"], "computed"),
        }, {"filter": NestedBlock("list", Block({
            "name": A("string", "required"), "values": A(["list", "string"], "required"),
        }))})),
    }


def provider():
    """Its own configuration: the folder that is its world, a secret, and whether it says its lines."""
    return Type(Block({
        "world": A("string", "required"),
        "token": A("string", "optional sensitive"),
        "log": A("bool", "optional"),
    }, {"endpoints": NestedBlock("set", Block({"thing": A("string", "optional")}))}))

"""What a type looks like: attributes, blocks in blocks, and the cty type that they make."""

import json

MODES = {"single": 1, "list": 2, "set": 3, "map": 4, "group": 5}


class Attribute:
    """Flags: required, optional, computed, sensitive, write_only; and of our own:
    force (a change replaces the object), volatile (every change makes it unknown), json (equal as JSON is equal),
    hashed (a hash is kept of it, and of that a hash if it is given back)."""

    def __init__(self, type, flags, nested=None):
        self.flags = frozenset(flags.split())
        self.mode, self.nested = nested or (None, None)
        self.type = collection(self.mode, object_type(self.nested)) if nested else type
        self.computed = "computed" in self.flags


class Block:
    def __init__(self, attributes, blocks=None):
        self.attributes, self.blocks = attributes, blocks or {}
        self.type = object_type(attributes, self.blocks)


class NestedBlock:
    def __init__(self, mode, block, least=0, most=0):
        self.mode, self.block, self.least, self.most = mode, block, least, most
        self.type = collection(mode, block.type)


class Type:
    """A resource or data source type. Identity: what names an object, by the type of each part."""

    def __init__(self, block, version=0, identity=None, name="name", legacy=False):
        self.block, self.version, self.identity, self.name, self.legacy = block, version, identity, name, legacy
        self.type = block.type


def object_type(attributes, blocks=None):
    members = {name: each.type for name, each in attributes.items()}
    members.update({name: each.type for name, each in (blocks or {}).items()})
    return ["object", members]


def collection(mode, of):
    return of if mode in ("single", "group") else [mode, of]


def type_bytes(type):
    return json.dumps(type, separators=(",", ":")).encode()


def fill(message, type):
    """Writes a type as the protocol's Schema."""
    message.version = message.block.version = type.version
    fill_block(message.block, type.block)


def fill_block(message, block):
    for name, each in block.attributes.items():
        fill_attribute(message.attributes.add(name=name), each)
    for name, each in block.blocks.items():
        nested = message.block_types.add(
            type_name=name, nesting=MODES[each.mode], min_items=each.least, max_items=each.most)
        fill_block(nested.block, each.block)


def fill_attribute(message, attribute):
    for flag in ("required", "optional", "computed", "sensitive", "write_only"):
        if flag in attribute.flags:
            setattr(message, flag, True)
    if attribute.nested is None:
        message.type = type_bytes(attribute.type)
        return
    message.nested_type.nesting = MODES[attribute.mode]
    for name, each in attribute.nested.items():
        fill_attribute(message.nested_type.attributes.add(name=name), each)

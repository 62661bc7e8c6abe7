"""What a provider does with a proposed state: it marks what it will choose itself, and then chooses."""

import json

from cty import UNKNOWN, Dynamic, same


def plan(type, prior, proposed, config):
    """The planned state, and the paths whose change replaces the object."""
    planned = _marked(type.block, proposed)
    if prior is not None:
        _keep_json(type.block, prior, planned)
        if not same(prior, planned, type.type):
            _mark_volatile(type.block, config, planned)
    replaced = [] if prior is None else list(_replaced(type.block.attributes, type.block.blocks, prior, planned, []))
    if replaced:
        planned["id"] = UNKNOWN
    return planned, replaced


def given(attributes, blocks, config, path=()):
    """Where a configuration has what only the provider gives; items of a set have no place of their own."""
    for name, attribute in attributes.items():
        here = [*path, ("attribute", name)]
        if attribute.flags >= {"computed"} and not attribute.flags & {"optional", "required"}:
            if config.get(name) is not None:
                yield here
        elif attribute.nested:
            for step, item in _placed(attribute.mode, config.get(name)):
                yield from given(attribute.nested, {}, item, [*here, *step])
    for name, nested in blocks.items():
        for step, item in _placed(nested.mode, config.get(name)):
            yield from given(nested.block.attributes, nested.block.blocks, item, [*path, ("attribute", name), *step])


def _placed(mode, value):
    """The objects in it that are known, each with the steps to it."""
    if value is None or value is UNKNOWN:
        return []
    if mode in ("single", "group"):
        found = [([], value)]
    elif mode == "map":
        found = [([("key", key)], each) for key, each in value.items()]
    else:
        found = [([("index", index)] if mode == "list" else [], each) for index, each in enumerate(value)]
    return [(step, each) for step, each in found if each is not None and each is not UNKNOWN]


def _marked(block, proposed):
    """Computed attributes that nobody has set are not known yet; written ones are never told."""
    found = _attributes(block.attributes, proposed)
    for name, nested in block.blocks.items():
        found[name] = _each(nested.mode, proposed[name], lambda value, of=nested.block: _marked(of, value))
    return found


def _attributes(attributes, proposed):
    found = {}
    for name, attribute in attributes.items():
        value = proposed.get(name)
        if "write_only" in attribute.flags:
            value = None
        elif value is None and attribute.computed:
            value = UNKNOWN
        elif attribute.nested:
            value = _each(attribute.mode, value, lambda value, of=attribute.nested: _attributes(of, value))
        found[name] = value
    return found


def _each(mode, value, change):
    if value is None or value is UNKNOWN:
        return value
    if mode in ("single", "group"):
        return change(value)
    if mode == "map":
        return {key: each if each is UNKNOWN else change(each) for key, each in value.items()}
    return [each if each is UNKNOWN else change(each) for each in value]


def _keep_json(block, prior, planned):
    """A document that says the same in other words is no change."""
    for name, attribute in block.attributes.items():
        if "json" in attribute.flags and isinstance(prior[name], str) and isinstance(planned[name], str):
            try:
                if json.loads(prior[name]) == json.loads(planned[name]):
                    planned[name] = prior[name]
            except ValueError:
                pass


def _mark_volatile(block, config, planned):
    for name, attribute in block.attributes.items():
        if "volatile" in attribute.flags and config[name] is None:
            planned[name] = UNKNOWN


def _replaced(attributes, blocks, prior, planned, path):
    if prior is None or prior is UNKNOWN or planned is None or planned is UNKNOWN:
        return
    for name, attribute in attributes.items():
        here = [*path, ("attribute", name)]
        if "force" in attribute.flags and not same(prior.get(name), planned.get(name), attribute.type):
            yield here
        elif attribute.mode == "set":
            if any(_replaced_items(attribute.nested, prior.get(name), planned.get(name))):
                yield here
        elif attribute.nested:
            for one, other, at in _pairs(attribute.mode, prior.get(name), planned.get(name), here):
                yield from _replaced(attribute.nested, {}, one, other, at)
    for name, nested in blocks.items():
        here = [*path, ("attribute", name)]
        for one, other, at in _pairs(nested.mode, prior.get(name), planned.get(name), here):
            yield from _replaced(nested.block.attributes, nested.block.blocks, one, other, at)


def _replaced_items(attributes, prior, planned):
    """An item of a set is taken for the one that had its place, as providers of the newer framework do."""
    if prior and planned and planned is not UNKNOWN:
        for index, item in enumerate(planned):
            before = prior[index] if index < len(prior) else {name: None for name in attributes}
            yield from _replaced(attributes, {}, before, item, [])


def _pairs(mode, prior, planned, path):
    if not prior or not planned or planned is UNKNOWN:
        return
    if mode in ("single", "group"):
        yield prior, planned, path
    elif mode == "list":
        for index, (one, other) in enumerate(zip(prior, planned)):
            yield one, other, [*path, ("index", index)]
    elif mode == "map":
        for key in prior.keys() & planned.keys():
            yield prior[key], planned[key], [*path, ("key", key)]


def opened(attributes, value):
    """What was not known as a whole, with what is computed inside not known, and the rest null."""
    return {
        name: _opened(each, value.get(name)) if each.nested else value.get(name) for name, each in attributes.items()}


def _opened(attribute, value):
    if value is not UNKNOWN:
        return _each(attribute.mode, value, lambda value: opened(attribute.nested, value))
    inside = {name: UNKNOWN if each.computed else None for name, each in attribute.nested.items()}
    return {"single": inside, "map": {"chosen": inside}}.get(attribute.mode, [inside])


def chosen(value, type, path, prior=None):
    """The value with all chosen that was not known: by where it stands, so that it is the same every time."""
    if value is UNKNOWN:
        return _choice(type, path, prior)
    if value is None or isinstance(type, str):
        return value
    kind, of = type
    if kind == "object":
        old = prior if isinstance(prior, dict) else {}
        return {name: chosen(value.get(name), each, f"{path}.{name}", old.get(name)) for name, each in of.items()}
    if kind == "map":
        return {key: chosen(each, of, f"{path}.{key}") for key, each in value.items()}
    if kind == "tuple":
        return [chosen(each, of, f"{path}.{index}") for index, (each, of) in enumerate(zip(value, of))]
    return [chosen(each, of, f"{path}.{_label(each, index)}") for index, each in enumerate(value)]


def _label(value, index):
    return value.get("key", index) if isinstance(value, dict) else index


def _choice(type, path, prior):
    if type == "string":
        return path
    if type == "number":
        return prior + 1 if isinstance(prior, int) else 1
    if type == "bool":
        return True
    if type == "dynamic":
        return Dynamic("string", path)
    kind, of = type
    if kind == "object":
        return {name: _choice(each, f"{path}.{name}", None) for name, each in of.items()}
    if kind == "map":
        return {"chosen": _choice(of, f"{path}.chosen", None)}
    if kind == "tuple":
        return [_choice(each, f"{path}.{index}", None) for index, each in enumerate(of)]
    return [_choice(of, f"{path}.0", None)]

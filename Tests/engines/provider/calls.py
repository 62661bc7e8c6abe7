"""The provider's calls: a request's message in, an answer's out. One set of calls serves both versions of the protocol."""

import json
import os
import time
from functools import partial

import catalog
import schema
from cty import UNKNOWN, decode, encode, from_json, to_json
from moods import STOP, Failed, Mood, Refused, die
from planning import chosen, given, opened, plan
from world import World


class Provider:
    def __init__(self, protocol, messages, log):
        self.pb, self.log = messages, log
        self.resources, self.data = catalog.resources(protocol), catalog.data_sources()
        self.config = catalog.provider()
        self.world, self.token = None, None
        self.plain = "PEER_PLAIN" in os.environ  # A provider of the first days: no metadata, no capability.

    # What it is.

    def metadata(self, request):
        if self.plain:
            raise Refused("UNIMPLEMENTED")
        return self.pb.Metadata(
            server_capabilities=self._capabilities(),
            resources=[{"type_name": name} for name in self.resources],
            data_sources=[{"type_name": name} for name in self.data])

    def _capabilities(self):
        able = not self.plain
        return {"plan_destroy": able, "get_provider_schema_optional": able, "move_resource_state": able}

    def schemas(self, request):
        answer = self.pb.ProviderSchema(server_capabilities=self._capabilities())
        schema.fill(answer.provider, self.config)
        for name, type in self.resources.items():
            schema.fill(answer.resource_schemas[name], type)
        for name, type in self.data.items():
            schema.fill(answer.data_source_schemas[name], type)
        return answer

    def identities(self, request):
        answer = self.pb.IdentitySchemas()
        for name, type in self.resources.items():
            if type.identity:
                entry = answer.identity_schemas[name]
                entry.version = int(os.environ.get("PEER_IDENTITY", "1"))
                for part, of in type.identity.items():
                    entry.identity_attributes.add(
                        name=part, type=schema.type_bytes(of),
                        required_for_import=part == "name", optional_for_import=part != "name")
        return answer

    # What it is given.

    def validate_provider(self, request):
        answer = self.pb.ProviderChecked(prepared_config=request.config)
        config = decode(request.config.msgpack, self.config.type)
        if config["world"] not in (None, UNKNOWN) and not config["world"].startswith("/"):
            self._say(answer, Failed("the world is no absolute path", path=[("attribute", "world")]))
        return answer

    def configure(self, request):
        config = decode(request.config.msgpack, self.config.type)
        self.world, self.token = World(config["world"]), config["token"]
        self.world.note("configure", "provider", "")
        self.log.says = self.log.says or bool(config["log"])
        self.log.every_level(self.token)
        Mood(self.world, "configure", "configure", "provider", "", None)
        return self.pb.Checked()

    def validate(self, request, types):
        type = types[request.type_name]
        config = decode(request.config.msgpack, type.type)
        mood = self._mood("validate", "validate", request.type_name, config)
        answer = self.pb.Checked()
        for path in given(type.block.attributes, type.block.blocks, config):
            self._say(answer, Failed("this is given by the provider", "It can't be configured.", path))
        size = config.get("size")
        if isinstance(size, int) and size < 0:
            self._say(answer, Failed("size is negative", "A size is 0 or more.", [("attribute", "size")]))
        for index, port in enumerate(config.get("ports") or [] if config.get("ports") is not UNKNOWN else []):
            if port is not UNKNOWN and port is not None and not 0 < port < 65536:
                self._say(answer, Failed("port is out of range", f"{port} is no port.", [("attribute", "ports")]))
        return self._warn(answer, mood)

    # Managed resources.

    def upgrade(self, request):
        type = self.resources[request.type_name]
        fields = json.loads(request.raw_state.json)
        self._mood("upgrade", "upgrade", request.type_name, fields)
        if request.type_name == "peer_versioned":
            fields = _upgraded(fields, request.version, type.version)
        return self.pb.Upgraded(upgraded_state=self._value(from_json(fields, type.type), type))

    def upgrade_identity(self, request):
        type = self.resources[request.type_name]
        self.world.note("upgrade_identity", request.type_name, f"{request.version}")
        fields = {"region": "nowhere", **json.loads(request.raw_identity.json)}
        return self.pb.IdentityUpgraded(upgraded_identity=self._identity(type, fields))

    def read(self, request):
        name, type = request.type_name, self.resources[request.type_name]
        state = decode(request.current_state.msgpack, type.type)
        mood = self._mood("read", "read", name, state)
        self._check_private(type, request.private)
        fields = self.world.read(name, state["id"])
        answer = self.pb.ReadDone(private=request.private)
        new = None
        if fields is not None:
            new = from_json({**fields, "mood": state["mood"]}, type.type)
            answer.new_state.CopyFrom(self._value(new, type))
            if type.identity:
                answer.new_identity.CopyFrom(self._identity(type, new))
        self._spoil(answer.new_state, type, mood, new)
        return self._warn(answer, mood)

    def plan(self, request):
        name, type = request.type_name, self.resources[request.type_name]
        prior, proposed, config = (
            decode(each.msgpack, type.type)
            for each in (request.prior_state, request.proposed_new_state, request.config))
        mood = self._mood("plan", "plan", name, config or prior)
        if prior is not None:
            self._check_private(type, request.prior_private)
        if proposed is None:
            return self.pb.Planned(planned_state=self._value(None, type), planned_private=request.prior_private)
        for path in given(type.block.attributes, type.block.blocks, config):
            raise Failed("this is given by the provider", "It can't be configured.", path)
        planned, replaced = plan(type, prior, proposed, config)
        if type.legacy:
            _add_noise(type, planned)
        answer = self.pb.Planned(
            legacy_type_system=type.legacy, planned_private=self._private(type, request.prior_private),
            requires_replace=[self._path(path) for path in replaced])
        if name == "peer_waiting":
            self._await(config["awaits"], request, answer)
        if "contradict" in mood.after:
            planned["name"] = "contradicted"
        answer.planned_state.CopyFrom(self._value(planned, type))
        self._spoil(answer.planned_state, type, mood, planned)
        if type.identity:
            answer.planned_identity.CopyFrom(request.prior_identity)
        return self._warn(answer, mood)

    def _await(self, name, request, answer):
        """Deferred until the thing of that name exists."""
        if name is None or (name is not UNKNOWN and self.world.read("peer_thing", name) is not None):
            return
        if not request.client_capabilities.deferral_allowed:
            raise Failed("what it awaits is not there", path=[("attribute", "awaits")])
        answer.deferred.reason = (
            self.pb.Deferred.RESOURCE_CONFIG_UNKNOWN if name is UNKNOWN else self.pb.Deferred.ABSENT_PREREQ)

    def apply(self, request):
        name, type = request.type_name, self.resources[request.type_name]
        prior, planned, config = (
            decode(each.msgpack, type.type) for each in (request.prior_state, request.planned_state, request.config))
        part = "create" if prior is None else "delete" if planned is None else "update"
        try:
            mood = self._mood("apply", part, name, prior if planned is None else planned)
            if prior is not None:
                self._check_private(type, request.planned_private)
            new = self._change(name, type, part, prior, planned, config, mood)
        except Failed as error:
            answer = self.pb.Applied(
                new_state=self._value(error.state or prior, type), private=request.planned_private,
                legacy_type_system=type.legacy)
            if type.identity and (error.state or prior):
                answer.new_identity.CopyFrom(self._identity(type, error.state or prior))
            self._say(answer, error)
            return answer
        answer = self.pb.Applied(
            new_state=self._value(new, type), private=request.planned_private, legacy_type_system=type.legacy)
        if type.identity and new is not None:
            answer.new_identity.CopyFrom(self._identity(type, new))
        self._spoil(answer.new_state, type, mood, new)
        return self._warn(answer, mood)

    def _change(self, name, type, part, prior, planned, config, mood):
        """Makes it so, and answers what there is then."""
        if part == "delete":
            if "partial" in mood.after:
                left = {**prior, "size": None}
                self.world.write(name, prior["id"], to_json(left, type.type))
                raise Failed("it is half gone, and then it failed", "It is half done.", state=left)
            self.world.delete(name, prior["id"])
            self._linger(mood)
            return None
        planned = {**planned, **opened(type.block.attributes, planned)}
        new = chosen(planned, type.type, planned["name"], prior)
        fresh = os.urandom(6).hex() if name == "peer_numbered" else new["name"]
        new["id"] = fresh if prior is None else prior["id"]
        if type.legacy:
            _add_noise(type, new)
        if "partial" in mood.after:
            new["mood"] = planned["mood"]
        fields = to_json(new, type.type)
        if (config or {}).get("password"):
            fields["_password"] = f"{len(config['password'])} characters"
        if part == "update":
            if self.world.read(name, prior["id"]) is None:
                raise Failed("there is no such object", f"{name} '{prior['id']}' has been deleted.")
            self.world.write(name, prior["id"], fields)
        elif not self.world.create(name, new["id"], fields):
            raise Failed("there is one of that name", f"{name} '{new['name']}' exists.", [("attribute", "name")])
        self._linger(mood)
        if "partial" in mood.after:
            raise Failed("it was made, and then it failed", "It is half done.", state=new)
        if "contradict" in mood.after:
            new["name"] = "contradicted"
        return new

    def _linger(self, mood):
        """What comes between the act and its answer."""
        if "crash-after" in mood.after:
            die()
        if "linger" in mood.after:
            time.sleep(float(mood.argument))

    def import_state(self, request):
        """By its name; by several, separated by commas; or by its identity."""
        name, type = request.type_name, self.resources[request.type_name]
        identity = decode(request.identity.identity_data.msgpack, ["object", type.identity]) if type.identity else None
        ids = [identity["name"]] if identity else request.id.split(",")
        answer = self.pb.Imported()
        for id in ids:
            self._mood("import", "import", name, {"name": id})
            fields = self.world.read(name, id)
            if fields is None:
                raise Failed("there is no such object", f"{name} '{id}' does not exist.")
            state = from_json({"id": id, "name": fields["name"]}, type.type)
            for block, nested in type.block.blocks.items():
                if nested.mode in ("list", "set"):
                    state[block] = []
                elif nested.mode == "map":
                    state[block] = {}
                elif nested.mode == "group":
                    state[block] = {}
            imported = answer.imported_resources.add(
                type_name=name, state=self._value(state, type), private=self._private(type, b""))
            if type.identity:
                imported.identity.CopyFrom(self._identity(type, {**fields, "name": id}))
        return answer

    def move(self, request):
        """A thing becomes a regional one, and back."""
        name, type = request.target_type_name, self.resources[request.target_type_name]
        if not {request.source_type_name, name} <= {"peer_thing", "peer_regional"}:
            raise Failed("it can't be moved", f"No {request.source_type_name} can become a {name}.")
        fields = json.loads(request.source_state.json)
        fields.setdefault("region", "nowhere")
        old = self.world.read(request.source_type_name, fields["id"])
        if old is not None:
            self.world.create(name, fields["id"], {**old, "region": fields["region"]})
            self.world.delete(request.source_type_name, fields["id"])
        return self.pb.Moved(
            target_state=self._value(from_json(fields, type.type), type), target_private=self._private(type, b""))

    # Data sources.

    def read_data(self, request):
        type = self.data[request.type_name]
        config = decode(request.config.msgpack, type.type)
        mood = self._mood("data", "data", request.type_name, config)
        state = dict(config)
        if request.type_name == "peer_things":
            wanted = [value for each in config["filter"] if each["name"] == "name" for value in each["values"]]
            names = [name for name in self.world.names("peer_thing") if not config["filter"] or name in wanted]
            state.update(id="things", names=names)
        else:
            fields = self.world.read("peer_thing", config["name"])
            if fields is None:
                raise Failed("there is no such object", f"No thing is named '{config['name']}'.", [("attribute", "name")])
            state = from_json({**fields, **{name: each for name, each in config.items() if each is not None}}, type.type)
        answer = self.pb.DataRead(state=self._value(state, type))
        self._spoil(answer.state, type, mood, state)
        return self._warn(answer, mood)

    def stop(self, request):
        if self.world:
            self.world.note("stop", "provider", "")
        STOP.set()
        return self.pb.Stopped()

    # Their parts.

    def _mood(self, call, part, type, fields):
        name = (fields or {}).get("name")
        name = name if isinstance(name, str) else ""
        mood = (fields or {}).get("mood")
        if self.world:
            self.world.note(part, type, name)
        return Mood(self.world, call, part, type, name, mood if isinstance(mood, str) else None)

    def _value(self, value, type):
        return self.pb.DynamicValue(msgpack=encode(value, type.type))

    def _identity(self, type, fields):
        parts = {name: fields.get(name) for name in type.identity}
        return self.pb.Identity(identity_data={"msgpack": encode(parts, ["object", type.identity])})

    def _private(self, type, prior):
        """A type with an identity has private bytes, which must come back with every call."""
        return prior or b'{"serial":"\xc3\xa9 7"}' if type.identity else prior

    def _check_private(self, type, private):
        if type.identity and private != self._private(type, b""):
            raise Failed("the private bytes are lost", f"{len(private)} bytes came back.")

    def _path(self, path):
        fields = {"attribute": "attribute_name", "key": "element_key_string", "index": "element_key_int"}
        return self.pb.AttributePath(steps=[{fields[kind]: step} for kind, step in path])

    def _spoil(self, message, type, mood, value):
        """What only a bad provider answers."""
        if "garble" in mood.after:
            message.msgpack = b"\xc1 no msgpack"
        elif "mistype" in mood.after:
            message.msgpack = encode({"name": ["a list"]}, ["object", {"name": ["list", "string"]}])
        elif "vanish" in mood.after:
            message.msgpack = b"\xc0"
        elif "unknown" in mood.after and value is not None:
            message.msgpack = encode({**value, "id": UNKNOWN}, type.type)

    def _warn(self, answer, mood):
        for text, path in mood.warnings:
            answer.diagnostics.add(severity=self.pb.Diagnostic.WARNING, summary=text, attribute=self._path(path))
        return answer

    def _say(self, answer, error):
        answer.diagnostics.add(
            severity=self.pb.Diagnostic.ERROR, summary=error.summary, detail=error.detail,
            attribute=self._path(error.path) if error.path else None)

    def methods(self, protocol):
        """By the names that each version has for them; with what the call reads and answers."""
        pb, new = self.pb, protocol == 6
        checks = {"ValidateResourceConfig" if new else "ValidateResourceTypeConfig": self.resources,
                  "ValidateDataResourceConfig" if new else "ValidateDataSourceConfig": self.data}
        return {
            "GetMetadata": (self.metadata, pb.Empty, pb.Metadata),
            "GetProviderSchema" if new else "GetSchema": (self.schemas, pb.Empty, pb.ProviderSchema),
            "GetResourceIdentitySchemas": (self.identities, pb.Empty, pb.IdentitySchemas),
            "ValidateProviderConfig" if new else "PrepareProviderConfig":
                (self.validate_provider, pb.ProviderConfig, pb.ProviderChecked),
            "ConfigureProvider" if new else "Configure": (self.configure, pb.Configure, pb.Checked),
            **{name: (partial(self.validate, types=types), pb.TypeConfig, pb.Checked) for name, types in checks.items()},
            "UpgradeResourceState": (self.upgrade, pb.Upgrade, pb.Upgraded),
            "UpgradeResourceIdentity": (self.upgrade_identity, pb.IdentityUpgrade, pb.IdentityUpgraded),
            "ReadResource": (self.read, pb.Read, pb.ReadDone),
            "PlanResourceChange": (self.plan, pb.Plan, pb.Planned),
            "ApplyResourceChange": (self.apply, pb.Apply, pb.Applied),
            "ImportResourceState": (self.import_state, pb.Import, pb.Imported),
            "MoveResourceState": (self.move, pb.Move, pb.Moved),
            "ReadDataSource": (self.read_data, pb.ReadData, pb.DataRead),
            "StopProvider" if new else "Stop": (self.stop, pb.Empty, pb.Stopped),
        }


def _upgraded(fields, version, wanted):
    if version < 1 <= wanted and fields.get("size") is not None:
        fields["size"] = int(fields["size"])
    if version < 2 <= wanted:
        fields["capacity"] = fields.pop("size", None)
    return fields


def _add_noise(type, fields):
    """As the old SDK does: its zero values where there is nothing."""
    for name, attribute in type.block.attributes.items():
        if fields[name] is None and name != "mood":
            fields[name] = _zero(attribute.type)
    for rule in fields["rule"]:
        if rule is not UNKNOWN:
            rule.update({name: _zero(type.block.blocks["rule"].type[1][1][name]) for name in rule if rule[name] is None})


def _zero(type):
    return {"string": "", "number": 0}[type] if isinstance(type, str) else {} if type[0] == "map" else []

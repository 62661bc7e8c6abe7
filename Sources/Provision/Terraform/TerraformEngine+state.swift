import Cty
import Model
import ProviderPlugin

/// An object of a provider, whichever way it was come by.
struct ProviderObject {
    var value: CtyValue
    var privateBytes: [UInt8] = []
    var identity: JSON?
    var identityVersion = 0
    var isTainted = false
    var leavesDrift = false
    /// Of what came from secrets when it was applied.
    var prints: [String: String] = [:]
    var configPrint = ""
    /// What the provider said beside it when it was applied, a line each.
    var warnings: [String] = []
    /// The same when it was read.
    var said: [String] = []

    /// Nil where there is nothing to say.
    var words: String? {
        let lines = warnings.adding(said)
        return lines.isEmpty ? nil : lines.joined(separator: "\n")
    }
}

extension [String] {
    /// The same words once, and of many the first.
    func adding(_ others: [String]) -> [String] {
        Array(others.reduce(into: self) { if !$0.contains($1) { $0.append($1) } }.prefix(10))
    }
}

extension TerraformEngine {
    func decode(_ value: DynamicValue, as type: CtyType, _ call: String, of name: String) throws(EngineError)
        -> CtyValue
    {
        do throws(CtyError) {
            if value.msgpack.isEmpty, !value.json.isEmpty {
                return try CtyValue(JSON(value.json), as: type)
            }
            return try CtyValue(msgpack: value.msgpack, as: type)
        } catch { throw .unreadable(error, call, of: name, by: configuration.source) }
    }
    func encode(_ value: CtyValue, as type: CtyType, of name: String) throws(EngineError) -> DynamicValue {
        do throws(CtyError) { return DynamicValue(msgpack: try value.msgpack(as: type)) } catch {
            throw EngineError(.waitForChange, "\(name) can't be sent: \(error)")
        }
    }

    /// What a state says, by the schema of today; the provider is asked only where that is not the state's own.
    func object(_ state: TerraformState, _ schema: Schema, _ id: ResourceID) async throws(EngineError)
        -> ProviderObject
    {
        var object = ProviderObject(
            value: .null, privateBytes: state.privateBytes, identity: state.identity,
            identityVersion: state.identityVersion, isTainted: state.isTainted, prints: state.prints,
            configPrint: state.configPrint, warnings: state.warnings)
        (object.identity, object.identityVersion) = try await upgraded(state, id)
        if state.version == schema.version,
            let value = try? CtyValue(state.attributes, as: schema.block.type)
        {
            object.value = value
            conceal(value, schema.block, from: state.prints.keys)
            return object
        }
        guard state.version <= schema.version else {
            throw EngineError(
                .waitForChange,
                "\(state.type) is recorded by version \(state.version) of its schema, and the provider knows "
                    + "\(schema.version)", hint: "take a newer version of provider '\(configuration.name)'")
        }
        let request = UpgradeResourceStateRequest(
            typeName: state.type, version: state.version,
            rawState: RawState(json: Array(state.attributes.text.utf8)))
        conceal(older: state, schema.block)
        let answer = try await call { () throws(PluginError) in
            try await client(about: id).upgradeResourceState(request)
        }
        let said = heard(answer.diagnostics, with: answer.upgradedState, schema.block)
        if let error = EngineError(said, otherwise: .waitForChange) { throw error }
        object.value = try decode(
            answer.upgradedState, as: schema.block.type, "UpgradeResourceState", of: state.type)
        conceal(object.value, schema.block, from: state.prints.keys)
        return object
    }

    /// A state's identity by the schema of today, and that schema's version.
    private func upgraded(_ state: TerraformState, _ id: ResourceID) async throws(EngineError) -> (JSON?, Int)
    {
        guard let identity = state.identity,
            let schema = try await connection.schemas.identity(state.type, process),
            state.identityVersion != schema.version
        else { return (state.identity, state.identityVersion) }
        guard state.identityVersion < schema.version else {
            throw EngineError(
                .waitForChange,
                "\(state.type) is recorded by version \(state.identityVersion) of its identity's schema, and the "
                    + "provider knows \(schema.version)",
                hint: "take a newer version of provider '\(configuration.name)'")
        }
        let request = UpgradeResourceIdentityRequest(
            typeName: state.type, version: state.identityVersion,
            rawIdentity: RawState(json: Array(identity.text.utf8)))
        let answer = try await call { () throws(PluginError) in
            try await client(about: id).upgradeResourceIdentity(request)
        }
        if let error = EngineError(answer.diagnostics, otherwise: .waitForChange) { throw error }
        return try await self.identity(answer.upgradedIdentity, state.type, else: nil)
    }

    func call<T>(_ body: () async throws(PluginError) -> T) async throws(EngineError) -> T {
        do throws(PluginError) { return try await body() } catch { throw EngineError(error) }
    }

    /// The bytes of an identity, as they go over the wire; nil where the type has none.
    func identity(_ json: JSON?, _ type: String) async throws(EngineError) -> DynamicValue? {
        guard let json, let schema = try await connection.schemas.identity(type, process) else { return nil }
        guard let value = try? CtyValue(json, as: schema.type),
            let bytes = try? value.msgpack(as: schema.type)
        else { return nil }
        return DynamicValue(msgpack: bytes)
    }
    func identity(_ value: DynamicValue?, _ type: String, else known: ProviderObject?)
        async throws(EngineError)
        -> (JSON?, Int)
    {
        guard let value, !value.isEmpty, let schema = try await connection.schemas.identity(type, process)
        else {
            return (known?.identity, known?.identityVersion ?? 0)
        }
        let identity = try decode(value, as: schema.type, "its identity", of: type)
        return (try? identity.json(as: schema.type), schema.version)
    }

    /// How a spec writes what is there, with the words of those of its secrets that still hold.
    /// - Parameter recorded: the spec that the words are of.
    func form(like spec: Value?, recorded: Value?, prints: [String: String], _ block: Block) -> Form {
        func form(of spec: Value?) -> Form {
            guard let spec, let config = try? TerraformSpec(spec).config else { return Form() }
            var coercion = Coercion()
            _ = coercion.object(config, as: block, at: TerraformSpec.path)
            return coercion.form
        }
        var result = form(of: spec ?? recorded)
        // Of what was no secret when it was recorded, nothing is known but that it is one now: it is hidden.
        result.words = result.words.mapValues { Form.Words($0.value, fingerprint: "") }
        for (path, words) in form(of: recorded).words {
            result.words[path] = Form.Words(words.value, fingerprint: prints[path.pointer] ?? "")
        }
        return result
    }

    func observation(
        of object: ProviderObject, _ id: ResourceID, _ spec: (type: String, isData: Bool), _ schema: Schema,
        _ form: Form
    ) throws(EngineError) -> Observation {
        let value = schema.block.withoutWriteOnly(object.value)
        let copies = copies(in: value, form, object.prints, schema.block)
        var writer = ValueWriter(fieldsIn: form, copies: copies, fingerprint: fingerprint)
        let fields = writer.fields(value, schema.block, at: TerraformSpec.path)
        var state: TerraformState
        do throws(CtyError) {
            state = TerraformState(
                provider: configuration.source, type: spec.type, version: schema.version,
                attributes: try value.json(as: schema.block.type))
        } catch { throw .unreadable(error, "a state", of: spec.type, by: configuration.source) }
        (state.isData, state.isTainted) = (spec.isData, object.isTainted)
        state.leavesDrift = object.leavesDrift
        (state.privateBytes, state.configPrint) = (object.privateBytes, object.configPrint)
        (state.identity, state.identityVersion) = (object.identity, object.identityVersion)
        (state.prints, state.warnings) = (object.prints, object.warnings)
        return Observation(
            .ours, object.isTainted ? .failed("it was made, and not wholly") : .ready,
            fields: .map([spec.isData ? "data" : "type": .string(spec.type), "config": fields]),
            outputs: outputs(of: value, id, schema, form, copies), state: state.bytes,
            warning: object.words)
    }

    /// All attributes; what must not be shown as a handle, which this engine reads.
    func outputs(
        of value: CtyValue, _ id: ResourceID, _ schema: Schema, _ form: Form, _ copies: Set<String> = []
    ) -> Value {
        var writer = ValueWriter(outputsIn: form, copies: copies, fingerprint: fingerprint) { path, print in
            SecretHandle(id, FieldPath(Array(path.components.dropFirst())).description, version: print)
        }
        return writer.fields(value, schema.block, at: TerraformSpec.path)
    }

    /// Fingerprints of what came from secrets, now and when it was applied: a provider may repeat it in other attributes, as
    /// AWS does with tags.
    func copies(in value: CtyValue, _ form: Form, _ prints: [String: String], _ block: Block) -> Set<String> {
        guard !form.words.isEmpty || !prints.isEmpty else { return [] }
        var form = form
        return Set(prints.values).union(self.prints(of: value, &form, block).values)
    }
}

extension ResourceIdentitySchema {
    var type: CtyType {
        .object(
            Dictionary(
                attributes.map { ($0.name, (try? CtyType(json: $0.type)) ?? .dynamic) },
                uniquingKeysWith: { $1 }))
    }
}

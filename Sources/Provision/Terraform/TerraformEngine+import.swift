import Cty
import Model
import ProviderPlugin

/// How a provider finds an object that no state tells of.
enum ImportKey: Hashable {
    case id(String)
    /// The bytes of an identity.
    case identity([UInt8])
}

struct Guess {
    var key: ImportKey
    /// Whose value may be an import id; nil where nothing else could be meant, so that finding nothing tells that there is
    /// nothing.
    var attribute: String?
    var isCertain: Bool { attribute == nil }

    /// Whether an object that was found by it is the one that was meant.
    func isMet(by value: CtyValue) -> Bool {
        guard let attribute, case .id(let text) = key else { return true }
        return value[attribute] == .string(text)
    }
}

extension TerraformEngine {
    /// Nil where there is none.
    func imported(_ key: ImportKey, _ id: ResourceID, _ type: String, _ schema: Schema)
        async throws(EngineError) -> ProviderObject?
    {
        let request =
            switch key {
            case .id(let text): ImportResourceStateRequest(typeName: type, id: text)
            case .identity(let bytes):
                ImportResourceStateRequest(typeName: type, identity: DynamicValue(msgpack: bytes))
            }
        let client = client(about: id)
        let answer = try await call { () throws(PluginError) in try await client.importResourceState(request)
        }
        if let said = answer.diagnostics.errors.first, said.saysAbsent { return nil }
        if let error = EngineError(answer.diagnostics, otherwise: .retry) { throw error }
        if let reason = answer.deferred { throw .deferred(reason) }
        guard let imported = answer.imported.first(where: { $0.typeName == type }) else { return nil }
        let value = try decode(imported.state, as: schema.block.type, "ImportResourceState", of: type)
        if value.isNull { return nil }
        var object = ProviderObject(value: value, privateBytes: imported.privateBytes)
        (object.identity, object.identityVersion) = try await identity(imported.identity, type, else: nil)
        return try await read(object, type, schema, id)
    }

    /// By what an object may be found of which only the manifest and its plan are known, the surest first.
    func guesses(_ spec: TerraformSpec, planned: PlannedState?) async throws(EngineError) -> [Guess] {
        var guesses: [Guess] = []
        if let identity = try await connection.schemas.identity(spec.type, process) {
            if let bytes = planned?.identity, !bytes.isEmpty,
                let value = try? CtyValue(msgpack: bytes, as: identity.type), value.isWhollyKnown
            {
                guesses.append(Guess(key: .identity(bytes)))
            } else if let bytes = identity.bytes(from: spec.config) {
                guesses.append(Guess(key: .identity(bytes)))
            }
        }
        for name in ["id", "name", "bucket", "key_name", "domain_name"] {
            if let text = spec.config[name]?.string, !text.isEmpty {
                guesses.append(Guess(key: .id(text), attribute: name))
            }
        }
        return guesses
    }
}

extension PluginDiagnostic {
    /// That the object is not there. The protocol has no word for it, so it is told by those that providers use; what is
    /// missing on the way to the object (a host, a file, credentials, leave) tells nothing of it.
    var saysAbsent: Bool {
        let text = text.lowercased()
        func says(_ words: [String]) -> Bool { words.contains { text.contains($0) } }
        return says([
            "no such", "not found", "notfound", "does not exist", "doesn't exist", "non-existent",
            "couldn't find",
        ])
            && !says([
                "no such host", "no such file", "lookup ", "dial ", "credential", "config profile", "x509",
                "certificate signed", "endpoint not found", "connection refused", "connection reset",
                "connection to ", "authoriz", "permission", "denied", "forbidden",
            ])
    }
}

extension ResourceIdentitySchema {
    /// Where the configuration names all that an import needs.
    fileprivate func bytes(from config: Value) -> [UInt8]? {
        guard case .object(let types, _) = type, attributes.contains(where: \.requiredForImport) else {
            return nil
        }
        var fields = types.mapValues { _ in CtyValue.null }
        for attribute in attributes {
            guard let type = types[attribute.name], let value = config[attribute.name], value.secrets.isEmpty
            else {
                if attribute.requiredForImport { return nil }
                continue
            }
            var coercion = Coercion()
            let block = Block(attributes: [Cty.Attribute(attribute.name, type)])
            let object = coercion.object(.map([attribute.name: value]), as: block, at: FieldPath())
            guard coercion.problems.isEmpty, object.isWhollyKnown else { return nil }
            fields[attribute.name] = object[attribute.name]
        }
        return try? CtyValue.object(fields).msgpack(as: type)
    }
}

extension TerraformEngine {
    /// What became of a create whose answer was lost. What is found must be as it was planned.
    func settle(_ step: Step, _ target: Target) async throws(EngineError) -> Observation {
        guard let desired = step.desired else { return .absent }
        let spec = try TerraformSpec(desired)
        let schema = try await connection.schemas.schema(.resource, spec.type, process)
        let planned = PlannedState(step.payload)
        let wanted = planned.flatMap { try? CtyValue(msgpack: $0.planned, as: schema.block.type) }
        for guess in try await guesses(spec, planned: planned) {
            let found: ProviderObject?
            do throws(EngineError) { found = try await imported(guess.key, step.id, spec.type, schema) } catch
            {
                guard guess.isCertain else { continue }
                throw error
            }
            guard var found else {
                if guess.isCertain { return .absent }
                continue
            }
            guard guess.isMet(by: found.value) else { continue }
            if let wanted, !schema.block.problems(applied: found.value, planned: wanted).isEmpty { continue }
            var form = form(like: desired, recorded: desired, prints: [:], schema.block)
            found.prints = prints(of: found.value, &form, schema.block)
            var seen = try observation(of: found, step.id, (spec.type, false), schema, form)
            seen.intent = step.intent
            return seen
        }
        throw EngineError(
            .waitForChange,
            "the answer to its create was lost, and provider '\(configuration.name)' can't say whether "
                + "it exists",
            hint:
                "look for it; where it exists, say 'martlet settle \(step.id) --made --import-id IMPORT-ID', "
                + "else 'martlet settle \(step.id) --not-made'")
    }

    /// Whether an update whose answer was lost has happened: what was planned is there.
    func settle(_ step: Step, _ found: ProviderObject, _ schema: Schema, _ seen: inout Observation)
        throws(EngineError)
    {
        guard let planned = PlannedState(step.payload),
            let wanted = try? CtyValue(msgpack: planned.planned, as: schema.block.type),
            schema.block.problems(applied: found.value, planned: wanted).isEmpty
        else { return }
        var object = found
        var form = form(like: step.desired, recorded: step.desired, prints: [:], schema.block)
        object.prints = prints(of: found.value, &form, schema.block)
        let type = TerraformState(seen.state)?.type ?? ""
        seen = try observation(of: object, step.id, (type, false), schema, form)
        seen.intent = step.intent
    }

    /// The words hold for what stands there now.
    func prints(of value: CtyValue, _ form: inout Form, _ block: Block) -> [String: String] {
        for path in form.words.keys { form.words[path]?.fingerprint = nil }
        var writer = ValueWriter(fieldsIn: form, fingerprint: fingerprint)
        _ = writer.fields(value, block, at: TerraformSpec.path)
        return Dictionary(writer.prints.map { ($0.key.pointer, $0.value) }, uniquingKeysWith: { $1 })
    }
}

/// The parts that answers share. Their numbers are the same in both versions of the protocol.
extension WireReader.Field {
    func dynamicValue() throws(WireError) -> DynamicValue {
        var value = DynamicValue()
        try each { field throws(WireError) in
            switch field.number {
            case 1: value.msgpack = try field.bytes()
            case 2: value.json = try field.bytes()
            default: break
            }
        }
        return value
    }

    /// Nil where the message holds no value.
    func identity() throws(WireError) -> DynamicValue? {
        var value: DynamicValue?
        try each { field throws(WireError) in if field.number == 1 { value = try field.dynamicValue() } }
        return value
    }

    func diagnostic() throws(WireError) -> PluginDiagnostic {
        // A severity that we don't know is taken for the graver one.
        var found = PluginDiagnostic(.error, "")
        try each { field throws(WireError) in
            switch field.number {
            case 1: found.severity = try field.value() == 2 ? .warning : .error
            case 2: found.summary = try field.text()
            case 3: found.detail = try field.text()
            case 4: found.attribute = try field.attributePath()
            default: break
            }
        }
        return found
    }

    func attributePath() throws(WireError) -> AttributePath {
        var path = AttributePath()
        try each { step throws(WireError) in
            guard step.number == 1 else { return }
            try step.each { field throws(WireError) in
                switch field.number {
                case 1: path.steps.append(.attribute(try field.text()))
                case 2: path.steps.append(.key(try field.text()))
                case 3: path.steps.append(.index(try field.int()))
                default: break
                }
            }
        }
        return path
    }

    func deferredReason() throws(WireError) -> DeferredReason {
        var reason = DeferredReason.unknown
        try each { field throws(WireError) in
            guard field.number == 1 else { return }
            reason =
                switch try field.value() {
                case 1: .resourceConfigUnknown
                case 2: .providerConfigUnknown
                case 3: .absentPrerequisite
                default: .unknown
                }
        }
        return reason
    }

    func serverCapabilities() throws(WireError) -> ServerCapabilities {
        var found = ServerCapabilities()
        try each { field throws(WireError) in
            switch field.number {
            case 1: found.planDestroy = try field.flag()
            case 2: found.getProviderSchemaOptional = try field.flag()
            case 3: found.moveResourceState = try field.flag()
            default: break
            }
        }
        return found
    }

    /// The name in one entry of `GetMetadata`'s lists.
    func name() throws(WireError) -> String {
        var name = ""
        try each { field throws(WireError) in if field.number == 1 { name = try field.text() } }
        return name
    }

    func identitySchemaEntry() throws(WireError) -> (String, ResourceIdentitySchema) {
        var (name, schema) = ("", ResourceIdentitySchema())
        try each { field throws(WireError) in
            switch field.number {
            case 1: name = try field.text()
            case 2: schema = try field.identitySchema()
            default: break
            }
        }
        return (name, schema)
    }

    private func identitySchema() throws(WireError) -> ResourceIdentitySchema {
        var schema = ResourceIdentitySchema()
        try each { field throws(WireError) in
            switch field.number {
            case 1: schema.version = try field.int()
            case 2: schema.attributes.append(try field.identityAttribute())
            default: break
            }
        }
        return schema
    }

    private func identityAttribute() throws(WireError) -> ResourceIdentitySchema.Attribute {
        var found = ResourceIdentitySchema.Attribute()
        try each { field throws(WireError) in
            switch field.number {
            case 1: found.name = try field.text()
            case 2: found.type = try field.bytes()
            case 3: found.requiredForImport = try field.flag()
            default: break
            }
        }
        return found
    }
}

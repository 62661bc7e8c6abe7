import Model

extension HostState {
    /// The spec's own words where they say what was measured, so that no form of writing shows as a difference.
    /// `content` is a file's, or a symlink's target.
    func fields(like spec: Value, content: Value) -> Value {
        var fields = spec.fields
        var config = (spec["config"]?.fields ?? [:]).filter { kind.fields.contains($0.key) }
        fields["type"] = .string(kind.rawValue)
        if config["path"]?.string != path { config["path"] = .string(path) }
        switch kind {
        case .symlink:
            if config["target"]?.string != content.string { config["target"] = content }
        case .file:
            config["content"] = content
            fallthrough
        case .directory:
            if config["mode"]?.string.flatMap({ UInt16($0, radix: 8) }) != mode {
                config["mode"] = .string(mode.octal)
            }
            config["owner"] = owner(like: config["owner"])
        }
        fields["config"] = .map(config)
        return .map(fields)
    }

    /// In the form of what is desired: only the parts that it names.
    private func owner(like value: Value?) -> Value {
        guard let value, let owner = value.string.flatMap(HostOwner.init) else { return .string(ownerText) }
        if let numbers = try? owner.numbers(), numbers.fits(self) { return value }
        return .string(owner.form(of: self))
    }

    /// `sha256` only where the content holds no secret.
    func outputs(sha256: String?, target: String? = nil) -> Value {
        var outputs = ["path": Value.string(path)]
        if kind == .file { outputs["sha256"] = sha256.map(Value.string) }
        if kind == .symlink { outputs["target"] = target.map(Value.string) }
        return .map(outputs)
    }
}

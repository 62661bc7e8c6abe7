import Glibc
import Model

/// The typed form of a spec: `{provider, type, config: {path, …}}`. What is not known yet is nil.
struct HostSpec: Sendable {
    var kind: HostKind
    var path: String?
    /// A file's: a string, or parts with secrets; hidden where what is there shall stay; null for the other kinds.
    var content = Value.null
    var mode: UInt16?
    var owner: HostOwner?
    var target: String?
    /// As it was given, with its defaults filled in.
    let value: Value

    init(_ value: Value) throws(EngineError) {
        guard let name = value["type"]?.string, let kind = HostKind(rawValue: name) else {
            throw EngineError(
                .waitForChange,
                "type '\((value["type"]?.string ?? "").escapedForDisplay)' is none of file, directory, symlink"
            )
        }
        self.kind = kind
        self.value = value.fillingDefaults(of: kind)
        let config = value["config"] ?? .null
        path = try config.text("path")
        switch kind {
        case .file: content = try config.content
        case .symlink: target = try config.text("target")
        case .directory: break
        }
        if let fallback = kind.defaultMode {
            mode = try Self.mode(config["mode"], fallback)
            owner = try Self.owner(config)
        }
        try checkTarget()
    }

    /// The content stays as it is: a warned drift that is not shown.
    var keepsContent: Bool { if case .hidden = content { true } else { false } }

    private static func mode(_ value: Value?, _ fallback: UInt16) throws(EngineError) -> UInt16? {
        switch value {
        case nil, .null?: return fallback
        case .unknown?: return nil
        default: break
        }
        let text = value?.string ?? ""
        guard let mode = UInt16(text, radix: 8), (3...4).contains(text.utf8.count) else {
            throw EngineError(
                .waitForChange, "mode '\(text.escapedForDisplay)' is no mode",
                hint: "write three or four octal digits, such as \"0644\"")
        }
        guard mode <= 0o777 else {
            throw EngineError(
                .waitForChange, "mode '\(text)' sets setuid, setgid or the sticky bit, which is refused")
        }
        return mode
    }
    private static func owner(_ config: Value) throws(EngineError) -> HostOwner? {
        guard config["owner"] ?? .null != .null, let text = try config.text("owner") else { return nil }
        guard let owner = HostOwner(text) else {
            throw EngineError(
                .waitForChange, "owner '\(text.escapedForDisplay)' is no owner",
                hint: "write user, user:group or :group")
        }
        return owner
    }
    static let targetRule = "the target of a symlink has 1 to \(PATH_MAX - 1) bytes, and no NUL"
    static func isTarget(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count < Int(PATH_MAX) && !text.utf8.contains(0)
    }
    private func checkTarget() throws(EngineError) {
        guard kind == .symlink, let target, !Self.isTarget(target) else { return }
        throw EngineError(.waitForChange, Self.targetRule)
    }
}

extension Value {
    /// A part of the config that holds no secret; nil when it is not known yet.
    fileprivate func text(_ key: String) throws(EngineError) -> String? {
        switch self[key] {
        case nil, .null?: throw EngineError(.waitForChange, "config has no \(key)")
        case .unknown?: return nil
        case .secret?: throw EngineError(.waitForChange, "\(key) holds a secret, which everybody could read")
        case .text(let parts)?:
            if parts.contains(where: \.isSecret) {
                throw EngineError(.waitForChange, "\(key) holds a secret, which everybody could read")
            }
            return nil
        case let value?:
            guard let text = value.string else {
                throw EngineError(.waitForChange, "\(key) is no text")
            }
            return text
        }
    }
    fileprivate var content: Value {
        get throws(EngineError) {
            switch self["content"] {
            case nil, .null?: throw EngineError(.waitForChange, "config has no content")
            case .list?, .map?: throw EngineError(.waitForChange, "content is no text")
            case .text(let parts)?:
                for case .local(let name) in parts {
                    throw EngineError(
                        .waitForChange, "'${\(name.escapedForDisplay)}' has no meaning in a file's content")
                }
                return .text(parts)
            case let value?: return value
            }
        }
    }
    /// The loader writes defaults; what comes without them means the same.
    fileprivate func fillingDefaults(of kind: HostKind) -> Value {
        guard case .map(var fields) = self, case .map(var config)? = fields["config"],
            let mode = kind.defaultMode, config["mode"] ?? .null == .null
        else { return self }
        config["mode"] = .string(mode.octal)
        fields["config"] = .map(config)
        return .map(fields)
    }
}

extension TextPart {
    fileprivate var isSecret: Bool { if case .secret = self { true } else { false } }
}

extension UInt16 {
    /// Four digits.
    var octal: String {
        let digits = String(self, radix: 8)
        return String(repeating: "0", count: Swift.max(0, 4 - digits.count)) + digits
    }
}

package import Cty
import Model

/// What is remembered of an object, as the record keeps it: sealed at rest, and never shown. Equal bytes for equal states.
package struct TerraformState: Hashable, Sendable {
    /// The provider's address.
    package var provider: String
    package var type: String
    package var isData = false
    /// Of the schema that the attributes are by.
    package var version: Int
    package var attributes: JSON
    /// The provider's own, given back as it came.
    package var privateBytes: [UInt8] = []
    package var identity: JSON?
    package var identityVersion = 0
    /// It was made, and not wholly: it is replaced.
    package var isTainted = false
    /// The step left drift as it was, so that the record's fields do not say what is there: never equal to it.
    package var leavesDrift = false
    /// Of what came from secrets, by place in the spec (RFC 6901).
    package var prints: [String: String] = [:]
    /// Of the configuration that a data source was read with.
    package var configPrint = ""
    /// What the provider said of it when it was applied, a line each.
    package var warnings: [String] = []

    package init(provider: String, type: String, version: Int, attributes: JSON) {
        (self.provider, self.type, self.version, self.attributes) = (provider, type, version, attributes)
    }

    package var bytes: [UInt8] {
        var fields: [String: JSON] = [
            "form": .number(CtyNumber(1)), "provider": .string(provider), "type": .string(type),
            "version": .number(CtyNumber(version)), "attributes": attributes,
        ]
        if isData { fields["data"] = .bool(true) }
        if isTainted { fields["tainted"] = .bool(true) }
        if leavesDrift { fields["leavesDrift"] = .bool(true) }
        if !privateBytes.isEmpty { fields["private"] = .string(privateBytes.hex) }
        if let identity {
            fields["identity"] = identity
            fields["identityVersion"] = .number(CtyNumber(identityVersion))
        }
        if !prints.isEmpty { fields["prints"] = .object(prints.mapValues(JSON.string)) }
        if !configPrint.isEmpty { fields["configPrint"] = .string(configPrint) }
        if !warnings.isEmpty { fields["warnings"] = .array(warnings.map(JSON.string)) }
        return Array(JSON.object(fields).text.utf8)
    }

    /// Nil where the bytes are no state of this engine.
    package init?(_ bytes: [UInt8]) {
        guard !bytes.isEmpty, case .object(let fields)? = try? JSON(bytes),
            case .number(let form)? = fields["form"], form.int == 1,
            case .string(let provider)? = fields["provider"], case .string(let type)? = fields["type"],
            case .number(let version)? = fields["version"], let attributes = fields["attributes"]
        else { return nil }
        self.init(
            provider: provider, type: type, version: version.int.map(Int.init) ?? 0, attributes: attributes)
        isData = fields["data"] == .bool(true)
        isTainted = fields["tainted"] == .bool(true)
        leavesDrift = fields["leavesDrift"] == .bool(true)
        if case .string(let hex)? = fields["private"] { privateBytes = [UInt8](hex: hex.utf8) ?? [] }
        identity = fields["identity"]
        if case .number(let version)? = fields["identityVersion"] {
            identityVersion = version.int.map(Int.init) ?? 0
        }
        if case .object(let prints)? = fields["prints"] {
            self.prints = prints.compactMapValues { if case .string(let print) = $0 { print } else { nil } }
        }
        if case .string(let print)? = fields["configPrint"] { configPrint = print }
        if case .array(let lines)? = fields["warnings"] {
            for case .string(let line) in lines { warnings.append(line) }
        }
    }
}

/// What a plan gives back to its apply.
struct PlannedState: Hashable {
    /// As the provider planned it.
    var planned: [UInt8]
    var privateBytes: [UInt8]
    var identity: [UInt8]
    /// Of the configuration that was planned.
    var configPrint: String
    /// What the provider said of it, a line each.
    var warnings: [String] = []

    var bytes: [UInt8] {
        let fields = [planned.hex, privateBytes.hex, identity.hex, configPrint] + warnings
        return Array(JSON.array(fields.map(JSON.string)).text.utf8)
    }
    init(
        planned: [UInt8], privateBytes: [UInt8], identity: [UInt8], configPrint: String,
        warnings: [String] = []
    ) {
        (self.planned, self.privateBytes) = (planned, privateBytes)
        (self.identity, self.configPrint, self.warnings) = (identity, configPrint, warnings)
    }
    init?(_ bytes: [UInt8]) {
        guard case .array(let items)? = try? JSON(bytes), items.count >= 4 else { return nil }
        var texts: [String] = []
        for case .string(let text) in items { texts.append(text) }
        guard texts.count == items.count, let planned = [UInt8](hex: texts[0].utf8),
            let kept = [UInt8](hex: texts[1].utf8),
            let identity = [UInt8](hex: texts[2].utf8)
        else { return nil }
        self.init(
            planned: planned, privateBytes: kept, identity: identity, configPrint: texts[3],
            warnings: Array(texts[4...]))
    }
}

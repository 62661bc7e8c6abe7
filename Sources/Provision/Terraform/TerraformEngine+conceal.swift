import Cty
import Model
import ProviderPlugin

extension TerraformEngine {
    /// What the provider says from now on is shown without the secrets of this value: what the schema says is one, and
    /// what came from one, by its places in the spec.
    func conceal(_ value: CtyValue, _ block: Block, from places: some Sequence<String> = EmptyCollection()) {
        // Of a short text of a cloud's own these are letters that any message may have.
        var texts = block.secrets(in: value).filter { $0.utf8.count >= 4 }
        for place in places { value.at(pointer: place).collectTexts(into: &texts) }
        if !texts.isEmpty { process.conceal(texts, isPassing: true) }
    }

    /// The same of what was recorded by another schema: what this one says is a secret or does not know, and what came from
    /// secrets.
    func conceal(older state: TerraformState, _ block: Block) {
        var texts = block.secrets(inOlder: state.attributes).filter { $0.utf8.count >= 4 }
        for place in state.prints.keys { state.attributes.at(pointer: place).collectTexts(into: &texts) }
        if !texts.isEmpty { process.conceal(texts, isPassing: true) }
    }

    /// What a provider said with an answer, without the secrets that the answer itself brings.
    func heard(
        _ diagnostics: [PluginDiagnostic], with value: DynamicValue, _ block: Block
    ) -> [PluginDiagnostic] {
        guard !diagnostics.isEmpty else { return [] }
        if let value = try? decode(value, as: block.type, "", of: "") { conceal(value, block) }
        return process.conceal(diagnostics)
    }
}

extension [PluginDiagnostic] {
    /// What is to be shown beside a resource, a line each: `config.acl: is deprecated`.
    var warningLines: [String] {
        warnings.map(\.placedText).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}

/// What stands at a place under a manifest's `config`, as RFC 6901 writes it. Of a list a part is found by its index, or,
/// of a block that is written without a list, in its only item.
extension CtyValue {
    fileprivate func at(pointer: String) -> CtyValue {
        pointer.partsInConfig.reduce(self) { $0.part($1) }
    }
    private func part(_ key: String) -> CtyValue {
        guard let items else { return self[key] }
        guard let index = Int(key) else { return items.count == 1 ? items[0].part(key) : .null }
        return items.indices.contains(index) ? items[index] : .null
    }
}

extension JSON {
    fileprivate func at(pointer: String) -> JSON {
        pointer.partsInConfig.reduce(self) { $0.part($1) }
    }
    private func part(_ key: String) -> JSON {
        switch self {
        case .object(let fields): return fields[key] ?? .null
        case .array(let items):
            guard let index = Int(key) else { return items.count == 1 ? items[0].part(key) : .null }
            return items.indices.contains(index) ? items[index] : .null
        case .null, .bool, .number, .string: return .null
        }
    }
}

extension String {
    fileprivate var partsInConfig: [String] {
        split(separator: "/", omittingEmptySubsequences: false).dropFirst(2).map {
            String($0).replacing("~1", with: "/").replacing("~0", with: "~")
        }
    }
}

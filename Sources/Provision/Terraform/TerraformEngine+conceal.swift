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

extension CtyValue {
    /// At a place under a manifest's `config`, as RFC 6901 writes it; null where nothing is.
    fileprivate func at(pointer: String) -> CtyValue {
        let parts = pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst(2)
        return parts.reduce(self) { value, part in
            let key = part.replacing("~1", with: "/").replacing("~0", with: "~")
            guard let items = value.items else { return value[String(key)] }
            guard let index = Int(key), items.indices.contains(index) else { return .null }
            return items[index]
        }
    }
}

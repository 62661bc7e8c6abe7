package import Model

extension SealedEngine {
    /// The embedded engine, under the name that the configuration gives it.
    package static func description(name: String) -> EngineDescription {
        EngineDescription(name: name, type: "sealed", layer: .secure, isEmbedded: true) { manifest, grants in
            manifest.spec.unknownFields(of: name) + manifest.spec.pathProblems(grants)
                + manifest.spec.keyProblems
        }
    }
}

extension Expression {
    fileprivate var fieldNames: [String] {
        switch self {
        case .map(let fields): fields.keys.sorted()
        case .literal(.map(let fields)): fields.keys.sorted()
        default: []
        }
    }
    fileprivate func unknownFields(of name: String) -> [FieldProblem] {
        fieldNames.filter { !SealedTarget.fields.contains($0) }.map { field in
            FieldProblem(
                FieldPath(field), "store '\(name)' takes no field '\(field.escapedForDisplay)'",
                hint: "it takes \(SealedTarget.fields.joined(separator: ", "))")
        }
    }

    /// What a reference gives is checked again when it is observed.
    fileprivate func pathProblems(_ grants: Grants) -> [FieldProblem] {
        guard case .literal(let value)? = self["path"], let text = value.string else { return [] }
        do throws(SealedError) {
            let path = try SecretPath(text)
            if grants.secrets.contains(where: path.isCovered(by:)) { return [] }
            return [
                FieldProblem(
                    FieldPath("path"), "secret path '\(path)' is not granted to this source",
                    hint: Grants.hint(for: path))
            ]
        } catch { return [FieldProblem(FieldPath("path"), error.message, hint: error.hint)] }
    }

    fileprivate var keyProblems: [FieldProblem] {
        guard case .literal(.list(let keys))? = self["keys"] else { return [] }
        return keys.enumerated().compactMap { index, key in
            guard let name = key.string else { return nil }
            do throws(SealedError) {
                try SecretKey.check(name)
                return nil
            } catch {
                return FieldProblem(FieldPath("keys").appending(index), error.message, hint: error.hint)
            }
        }
    }
}

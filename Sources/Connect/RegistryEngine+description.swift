import HTTPClient
package import Model

extension RegistryEngine {
    /// `name` is what the controller's configuration calls the engine.
    package static func description(name: String, _ configuration: Configuration) -> EngineDescription {
        EngineDescription(name: name, type: "registry", layer: .connect, isEmbedded: true) { manifest, _ in
            headerProblems(manifest.spec) + networkProblems(manifest.spec, configuration.networks)
        }
    }

    /// A check is asked for as long as the service stands, and no secret is kept for as long as that.
    private static func headerProblems(_ spec: Expression) -> [FieldProblem] {
        (spec["checks"]?.items ?? []).enumerated().compactMap { index, check in
            guard let secret = check["headers"]?.references.first(where: { $0.id.kind == "secret" }) else {
                return nil
            }
            return FieldProblem(
                FieldPath("checks").appending(index).appending("headers"),
                "a header of a check holds a secret (\(secret))", hint: "check a path that needs none")
        }
    }

    /// Whoever may write a manifest must not be able to knock at every door that the controller can reach.
    private static func networkProblems(_ spec: Expression, _ networks: [Network]) -> [FieldProblem] {
        guard !(spec["checks"]?.items ?? []).isEmpty, case .literal(let addresses)? = spec["addresses"] else {
            return []
        }
        return addresses.strings.enumerated().compactMap { index, text in
            guard let host = text.host, host.isAddress, !networks.contains(where: { $0.contains(host) })
            else { return nil }
            return FieldProblem(
                FieldPath("addresses").appending(index),
                "'\(text.escapedForDisplay)' is in none of the networks that checks may reach",
                hint: "name its network under 'networks' of the engine, in the controller's configuration")
        }
    }
}

extension String {
    fileprivate var host: String? {
        lastIndex(of: ":").map { self[..<$0].trimmingCharacters(["[", "]"]) }
    }
    fileprivate var isAddress: Bool { Network(self) != nil && !contains("/") }
}

extension Substring {
    fileprivate func trimmingCharacters(_ characters: Set<Character>) -> String {
        String(drop(while: characters.contains).reversed().drop(while: characters.contains).reversed())
    }
}

import Cty
package import Model

extension TerraformEngine {
    /// What manifests are checked against without asking the provider: all that it describes, once its schemas are kept.
    package static func description(
        name: String, source: String, schemas: KeptSchemas = .nowhere
    ) -> EngineDescription {
        let known = ProviderSchemas(provider: name, kept: schemas)
        return EngineDescription(
            name: name, type: "terraform", layer: .provision, isEmbedded: false,
            check: { manifest, _ in known.problems(of: manifest.spec) },
            outputs: { known.outputs(of: $0.spec) })
    }
}

extension ProviderSchemas {
    /// References stand for whatever they will give.
    func problems(of spec: Expression) -> [FieldProblem] {
        let value = spec.resolved { _ in .unknown }
        var asked: TerraformSpec
        do throws(EngineError) { asked = try TerraformSpec(value) } catch {
            return [FieldProblem(FieldPath("lifecycle"), error.message, hint: error.hint)]
        }
        var problems: [FieldProblem] = []
        if asked.isData, spec.contains("lifecycle") {
            problems.append(
                FieldProblem(FieldPath("lifecycle"), "a data source is read, and has no lifecycle"))
        }
        guard let index else { return problems }
        let schema: Schema
        do throws(EngineError) { schema = try self.schema(asked.kind, asked.type, in: index) } catch {
            return [FieldProblem(FieldPath(asked.isData ? "data" : "type"), error.message, hint: error.hint)]
        }
        let names = schema.block.names
        if spec.contains("timeouts"), !names.contains("timeouts") {
            problems.append(FieldProblem(FieldPath("timeouts"), "\(asked.type) has no timeouts"))
            if case .map(var fields) = asked.config {
                fields["timeouts"] = nil
                asked.config = .map(fields)
            }
        }
        for (number, path) in asked.lifecycle.ignored.enumerated() {
            guard let (message, hint) = schema.block.type.obstacle(to: path.components[...]) else { continue }
            let place = FieldPath("lifecycle").appending("ignoreChanges").appending(number)
            let name = path.components.count > 1 ? path.description : asked.type
            problems.append(FieldProblem(place, "\(name) \(message)", hint: hint))
        }
        var coercion = Coercion()
        _ = coercion.object(asked.config, as: schema.block, at: TerraformSpec.path)
        return problems + coercion.problems.map { spec.contains("timeouts") ? $0.besideConfig : $0 }
    }

    /// Of all that the manifest's type has; nil where it is not known yet.
    func outputs(of spec: Expression) -> [String]? {
        guard let index else { return nil }
        for (kind, field) in [(Kind.dataSource, "data"), (.resource, "type")] {
            guard case .literal(let value)? = spec[field], let type = value.string else { continue }
            return (try? schema(kind, type, in: index))?.block.names
        }
        return nil
    }
}

extension FieldProblem {
    /// Where `timeouts` are written, where not in `config`.
    fileprivate var besideConfig: FieldProblem {
        guard path.components.count > 1, path.components[1] == .key("timeouts") else { return self }
        return FieldProblem(FieldPath(Array(path.components.dropFirst())), message, hint: hint)
    }
}

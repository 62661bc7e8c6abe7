package import Model

/// JSON Schema, draft 2020-12, for editors: what they can check while a manifest is being written. Looser than the
/// loader where JSON's types cannot say it.
package enum JSONSchema {
    private static let dialect = ("$schema", JSON.string("https://json-schema.org/draft/2020-12/schema"))

    /// One schema for every kind; `engines` adds what they make of it.
    package static func text(kinds: [Kind], engines: [EngineDescription] = []) -> String {
        let cases = kinds.map { kind in
            JSON.object([
                ("if", constant(["kind"], kind.name)),
                ("then", .object([("$ref", .string("#/$defs/\(kind.name)"))])),
            ])
        }
        let whole = JSON.object([
            dialect, ("title", .string("Manifest of Martlet")), ("type", .string("object")),
            ("required", .array([.string("apiVersion"), .string("kind")])),
            (
                "properties",
                .object([
                    ("apiVersion", .object([("const", .string(CommonFields.apiVersion))])),
                    ("kind", .object([("enum", .array(kinds.map { .string($0.name) }))])),
                ])
            ),
            ("allOf", .array(cases)),
            (
                "$defs",
                .object(kinds.map { ($0.name, definition(of: $0, engines)) } + [("expression", expression)])
            ),
        ])
        return whole.text() + "\n"
    }

    /// The schema of a file that is no manifest, such as the configuration.
    package static func text(fields: [Field], title: String, documentation: String) -> String {
        let schema = Scribe(hasExpressions: false)
        return JSON.object(
            [dialect, ("title", .string(title)), ("description", .string(documentation))]
                + schema.object(fields)
        ).text() + "\n"
    }

    /// A string with `${…}` in it may stand where its result may.
    private static let expression = JSON.object([
        ("description", .string("A string with `${…}` in it.")), ("type", .string("string")),
        ("pattern", .string("\\$\\{")),
    ])

    private static func definition(of kind: Kind, _ engines: [EngineDescription]) -> JSON {
        let schema = Scribe(hasExpressions: true)
        var members =
            [("description", JSON.string(kind.documentation))]
            + schema.object(CommonFields.fields(of: kind))
        let cases = engines.filter { $0.layer == kind.layer }.flatMap { variants(of: $0, kind, schema) }
        if !cases.isEmpty { members.append(("allOf", .array(cases))) }
        return .object(members)
    }

    /// Where the engine's name is left out it may be this one's.
    private static func variants(of engine: EngineDescription, _ kind: Kind, _ schema: Scribe) -> [JSON] {
        guard let names = kind.variant else { return [] }
        return (engine.variants ?? [:]).sorted { $0.key < $1.key }.map { name, variant in
            let config = JSON.object(
                [("description", .string(variant.documentation))] + schema.object(variant.fields))
            return .object([
                (
                    "if",
                    .object([
                        (
                            "properties",
                            .object([
                                (
                                    "spec",
                                    .object([
                                        (
                                            "properties",
                                            .object([
                                                (
                                                    kind.engineField,
                                                    .object([("const", .string(engine.name))])
                                                ),
                                                (names.typeField, .object([("const", .string(name))])),
                                            ])
                                        ), ("required", .array([.string(names.typeField)])),
                                    ])
                                )
                            ])
                        )
                    ])
                ), ("then", nested(["spec", names.configField], config)),
            ])
        }
    }

    private static func constant(_ path: [String], _ text: String) -> JSON {
        .object([
            ("properties", .object([(path[0], .object([("const", .string(text))]))])),
            ("required", .array([.string(path[0])])),
        ])
    }
    private static func nested(_ path: [String], _ schema: JSON) -> JSON {
        path.reversed().reduce(schema) { .object([("properties", .object([($1, $0)]))]) }
    }
}

/// Writes types as schemas.
private struct Scribe {
    let hasExpressions: Bool

    func object(_ fields: [Field]) -> [(String, JSON)] {
        let required = fields.filter { $0.isRequired && $0.defaultValue == nil }.map(\.name)
        var members: [(String, JSON)] = [
            ("type", .string("object")), ("properties", .object(fields.map { ($0.name, field($0)) })),
        ]
        if !required.isEmpty { members.append(("required", .array(required.map(JSON.string)))) }
        return members + [("additionalProperties", .bool(false))]
    }

    private func field(_ field: Field) -> JSON {
        var members: [(String, JSON)] = [("description", .string(field.documentation))] + schema(field.type)
        if let value = field.defaultValue { members.append(("default", JSON(value))) }
        if let example = field.example { members.append(("examples", .array([.string(example)]))) }
        return .object(members)
    }

    private func schema(_ type: FieldType) -> [(String, JSON)] {
        let own = plain(type)
        guard hasExpressions, Shape(type).takesReference(isWhole: true),
            own.contains(where: { $0.0 == "type" }),
            !Self.takesAnyString(type)
        else { return own }
        return [("anyOf", .array([.object(own), .object([("$ref", .string("#/$defs/expression"))])]))]
    }
    private static func takesAnyString(_ type: FieldType) -> Bool {
        if case .string = type { true } else { false }
    }

    private func plain(_ type: FieldType) -> [(String, JSON)] {
        switch type {
        case .string: [("type", types("string", "number", "boolean"))]
        case .name: pattern("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?|.*\\$\\{.*)$")
        case .bool: [("type", .string("boolean"))]
        case .int(let range):
            [("type", JSON.string("integer"))] + bound("minimum", range.lowerBound, .min)
                + bound("maximum", range.upperBound, .max)
        case .duration: pattern("^([0-9]+(d|h|m|s|ms))+$")
        case .size:
            [("type", types("integer", "string")), ("pattern", .string("^[0-9]+(B|[KMGT]i?B)?$"))]
        case .mode: [("type", types("string", "integer")), ("pattern", .string("^(0o)?[0-7]{3,4}$"))]
        case .choice(let names): [("type", .string("string")), ("enum", .array(names.map(JSON.string)))]
        case .jsonPointer: pattern("^(/([^~]|~[01])*)?$")
        case .date: pattern("^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ].*)?$")
        case .resource(let kinds):
            pattern("^\(kinds.isEmpty ? "[a-z]+" : "(\(kinds.joined(separator: "|")))")(/[^/]+){1,2}$")
        case .list(let element, let isUnique):
            [("type", JSON.string("array")), ("items", .object(schema(element)))]
                + (isUnique ? [("uniqueItems", .bool(true))] : [])
        case .map(let element):
            [("type", .string("object")), ("additionalProperties", .object(schema(element)))]
        case .object(let fields): object(fields)
        case .oneOf(let all): [("anyOf", .array(all.map { .object(schema($0)) }))]
        case .any: []
        }
    }
    private func pattern(_ text: String) -> [(String, JSON)] {
        [("type", .string("string")), ("pattern", .string(text))]
    }
    private func types(_ names: String...) -> JSON { .array(names.map(JSON.string)) }
    private func bound(_ name: String, _ value: Int, _ none: Int) -> [(String, JSON)] {
        value == none ? [] : [(name, .number(String(value)))]
    }
}

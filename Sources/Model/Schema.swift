/// One kind of manifest: the validator, `martlet explain` and the JSON Schema all come from this.
package struct Kind: Sendable {
    /// As manifests write it: `Job`.
    package var name: String
    /// As ids and references write it: `job`.
    package var id: String
    package var layer: Layer
    package var documentation: String
    /// The field of `spec` that names the engine: `provider`, `store`, `engine`.
    package var engineField: String
    /// The field of `spec` that names what the engine shall make, and the one whose schema that decides.
    package var variant: Variant?
    package var spec: [Field]
    /// Keys of `spec` that people know from elsewhere and that are none here: what to do instead.
    package var advice: [String: String] = [:]
    /// What others may refer to; nil where only the engine knows.
    package var outputs: [Output]?
    /// The field of `spec` that lists the outputs, where the manifest itself decides: a secret's `keys`.
    package var outputsField: String?
    /// Fields that name another resource and so take an output of it.
    package var bindings: [Binding]
    /// A whole manifest, in YAML.
    package var example: String
    /// What is wrong with a spec beyond what its fields can say, whatever the engine.
    package var check: @Sendable (Expression) -> [FieldProblem]

    package struct Variant: Sendable {
        package var typeField: String
        package var configField: String
        package init(typeField: String, configField: String) {
            (self.typeField, self.configField) = (typeField, configField)
        }
    }
    package struct Output: Sendable {
        package var name: String
        package var documentation: String
        package init(_ name: String, _ documentation: String) {
            (self.name, self.documentation) = (name, documentation)
        }
    }
    /// `job: web` puts `${job.web.instances}` under `field`, and so makes an edge in the graph.
    package struct Binding: Sendable {
        package var nameField: String
        package var kind: String
        package var output: String
        package var field: String
        package init(nameField: String, kind: String, output: String, field: String) {
            (self.nameField, self.kind, self.output, self.field) = (nameField, kind, output, field)
        }
    }

    package init(
        _ name: String, id: String, layer: Layer, documentation: String, engineField: String,
        variant: Variant? = nil, spec: [Field], outputs: [Output]?, outputsField: String? = nil,
        bindings: [Binding] = [], example: String,
        check: @escaping @Sendable (Expression) -> [FieldProblem] = { _ in [] }
    ) {
        (self.name, self.id, self.layer, self.documentation) = (name, id, layer, documentation)
        (self.engineField, self.variant, self.spec) = (engineField, variant, spec)
        (self.outputs, self.outputsField, self.bindings) = (outputs, outputsField, bindings)
        (self.example, self.check) = (example, check)
    }
}

/// One field of a kind, of the configuration, or of what an engine takes.
package struct Field: Sendable {
    package var name: String
    package var type: FieldType
    package var isRequired: Bool
    /// What stands where nothing is written, as it would be written.
    package var defaultValue: Value?
    /// One sentence or more, in Markdown without headings.
    package var documentation: String
    /// How it may be written, in YAML.
    package var example: String?
    /// What it was called once: whoever still writes that is told.
    package var formerName: String?

    package init(
        _ name: String, _ type: FieldType, required isRequired: Bool = false,
        default defaultValue: Value? = nil,
        _ documentation: String, example: String? = nil, formerName: String? = nil
    ) {
        (self.name, self.type, self.isRequired) = (name, type, isRequired)
        (self.defaultValue, self.documentation, self.example) = (defaultValue, documentation, example)
        self.formerName = formerName
    }
}

/// What may be written in a field, and the one form in which the value then travels.
package indirect enum FieldType: Sendable {
    /// Travels as `.string`, from the scalar's source text.
    case string
    /// A string that is no path into a resource: a DNS label of RFC 1123 (`a-z`, `0-9`, `-`, at most 63).
    case name
    case bool
    case int(ClosedRange<Int>)
    /// `90s`, `1h30m`; travels as the canonical text of `Span`.
    case duration
    /// `256MiB`, or a number of the unit; travels as the canonical text of `ByteSize`.
    case size(unit: ByteSize.Unit)
    /// `"0644"`; travels as four octal digits.
    case mode
    case choice([String])
    /// RFC 6901.
    case jsonPointer
    /// `2027-01-31`, or RFC 3339 with a time.
    case date
    /// `kind/name` or `kind/project/name` of one of these kinds (any, where empty): checked for existence, no edge.
    case resource(kinds: [String])
    case list(FieldType, unique: Bool = false)
    case map(FieldType)
    case object([Field])
    case oneOf([FieldType])
    /// Whatever is written; plain scalars as `Value` says.
    case any
}

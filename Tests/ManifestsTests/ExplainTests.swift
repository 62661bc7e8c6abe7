import Fixtures
import Foundation
import Manifests
import Model
import Testing

@Suite struct ExplainTests {
    @Test(arguments: [
        "Job", "Job.spec.update", "Job.spec.task.health", "Job.metadata", "Service.spec.allow",
        "Infrastructure.spec.config", "Infrastructure.spec.config.file.mode", "SecretReference",
    ])
    func `explains a field`(path: String) throws {
        try expectGolden(
            try Explanation.text(path: path, kinds: kinds, engines: [host]), "explain-\(path).txt")
    }

    @Test(
        "suggests what was meant",
        arguments: [
            ("Jbo", "nothing to explain under 'Jbo'", "did you mean 'Job'?"),
            ("Job.spec.updat", "unknown field 'updat' in Job.spec", "did you mean 'update'?"),
            (
                "Job.metadata.xyz", "unknown field 'xyz' in Job.metadata",
                "it has name, project, labels, annotations"
            ),
            ("Job.spec.count.x", "unknown field 'x' in Job.spec.count", "Job.spec.count has no fields"),
            (
                "", "nothing to explain under ''",
                "explain one of: Infrastructure, SecretReference, Service, Job"
            ),
        ])
    func unknown(path: String, message: String, hint: String) {
        let expected = Explanation.Unknown(message: message, hint: hint)
        #expect(throws: expected) { try Explanation.text(path: path, kinds: kinds) }
    }

    @Test func `other files are explained by the same functions`() throws {
        let root = Explanation.Root(
            "martlet.yaml", documentation: "The configuration.",
            fields: [
                Field("interval", .duration, default: .string("1m"), "How often.", example: "interval: 5m")
            ])
        #expect(throws: Explanation.Unknown.self) { try Explanation.text(path: "martlet", roots: [root]) }
        let renamed = Explanation.Root(
            "Configuration", documentation: root.documentation, fields: root.fields)
        #expect(
            try Explanation.text(path: "Configuration.interval", roots: [renamed]) == """
                Configuration.interval  a duration, default 1m

                How often.

                default: 1m

                example:
                  interval: 5m

                """)
    }

    @Test func `every field is documented, with an example that can be read`() {
        for kind in kinds { check(CommonFields.fields(of: kind), of: kind.name) }
    }
    private func check(_ fields: [Field], of name: String) {
        for field in fields {
            let path = "\(name).\(field.name)"
            #expect(!field.documentation.isEmpty, "\(path)")
            #expect(field.example != nil || field.name == "spec", "\(path)")
            if let example = field.example {
                let document = Document(example, file: path, fields: [field].unrequired, named: name)
                #expect(document.problems.map(\.description) == [])
                #expect(document.value?[field.name] != nil, "\(path)")
            }
            if let value = field.defaultValue {
                let document = Document("{}", file: path, fields: [field], named: name)
                #expect(document.problems.isEmpty && document.value?[field.name] != nil, "\(path): \(value)")
            }
            check(field.type.children, of: path)
        }
    }

    @Test func `the JSON Schema of all kinds`() throws {
        try expectGolden(JSONSchema.text(kinds: kinds, engines: [host]), "schema.json")
    }

    @Test(
        "JSON Schema takes what the loader takes, and refuses what is plainly wrong",
        .enabled(if: Python.hasJSONSchema, "Python has no jsonschema"))
    func validates() throws {
        let folder = try TemporaryFolder()
        let schema = try folder.write(JSONSchema.text(kinds: kinds, engines: [host]), to: "schema.json")
        let good = kinds.map(\.example) + [everything]
        let bad = [
            "apiVersion: martlet/v1\nkind: Jbo", "kind: Job",
            "apiVersion: martlet/v1\nkind: Job\nmetadata: {name: web}\nspec: {cuont: 3, task: {command: a}}",
            "apiVersion: martlet/v1\nkind: Job\nmetadata: {name: web}\nspec: {count: lots, task: {command: a}}",
            "apiVersion: martlet/v1\nkind: Infrastructure\nmetadata: {name: web}\nspec: {type: file, config: {}}",
        ]
        for (index, text) in good.enumerated() {
            #expect(try Python.validates(try folder.write(text, to: "good\(index).yaml"), schema) == "")
        }
        for (index, text) in bad.enumerated() {
            #expect(try Python.validates(try folder.write(text, to: "bad\(index).yaml"), schema) != "")
        }
    }
}

extension [Field] {
    fileprivate var unrequired: [Field] {
        map {
            var field = $0
            field.isRequired = false
            return field
        }
    }
}

extension FieldType {
    fileprivate var children: [Field] {
        switch self {
        case .object(let fields): fields
        case .list(let element, _), .map(let element): element.children
        case .oneOf(let types): types.flatMap(\.children)
        default: []
        }
    }
}

/// A second opinion on our schema.
private enum Python {
    private static let program = """
        import sys, json, yaml, jsonschema
        schema = json.load(open(sys.argv[1]))
        jsonschema.Draft202012Validator.check_schema(schema)
        class Loader(yaml.SafeLoader): pass
        Loader.yaml_implicit_resolvers = {k: [r for r in v if r[0] != 'tag:yaml.org,2002:timestamp'] for k, v in yaml.SafeLoader.yaml_implicit_resolvers.items()}
        for document in yaml.load_all(open(sys.argv[2]), Loader):
            if document is not None:
                for error in jsonschema.Draft202012Validator(schema).iter_errors(document): print(error.message)
        """
    static let hasJSONSchema = (try? run(["-c", "import yaml, jsonschema"])) == ""

    static func validates(_ file: String, _ schema: String) throws -> String {
        try run(["-c", program, schema, file])
    }
    private static func run(_ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3"] + arguments
        let pipe = Pipe()
        (process.standardOutput, process.standardError) = (pipe, pipe)
        try process.run()
        let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }
}

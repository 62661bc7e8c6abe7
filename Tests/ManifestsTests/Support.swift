import Connect
import Manifests
import Model
import Provision
import Run
import Secure

let kinds = [Infrastructure.kind, SecretReference.kind, Service.kind, Job.kind]

/// An engine of two types, as the loader knows it.
let host = EngineDescription(
    name: "host", type: "host", layer: .provision, isEmbedded: true,
    variants: [
        "file": EngineDescription.Variant(
            "A file.",
            fields: [
                Field("path", .string, required: true, "Where it is.", example: "path: /srv/motd"),
                Field("content", .string, "What is in it.", example: "content: hello"),
                Field("mode", .mode, default: .string("0644"), "Its permissions.", example: "mode: \"0600\""),
            ], outputs: [Kind.Output("path", "Where it is."), Kind.Output("sha256", "Of its content.")]),
        "symlink": EngineDescription.Variant(
            "A link.", fields: [Field("target", .string, required: true, "Where it points to.")],
            outputs: [Kind.Output("path", "Where it is.")]),
    ])
let sealed = EngineDescription(name: "sealed", type: "sealed", layer: .secure, isEmbedded: true)

func settings(_ change: (inout SourceSettings) -> Void = { _ in }) -> SourceSettings {
    var grants = Grants(projects: ["shop"])
    grants.secrets = ["shop/**"]
    var settings = SourceSettings(name: "shop", project: "shop", grants: grants)
    settings.embedded = [host, sealed]
    settings.variables = [
        "env": .string("production"), "count": .int(3), "hosts": .list([.string("a"), .string("b")]),
        "region": .map(["name": .string("eu"), "version": .scalar("1.10")]),
    ]
    change(&settings)
    return settings
}

/// The problems of one file, as they are printed.
func problems(_ text: String, _ settings: SourceSettings = settings()) -> [String] {
    Loader(kinds: kinds, settings: settings).parse(text).diagnostics(in: "app.yaml").map(\.description)
}
/// The manifests of one file that must have no problem.
func manifests(_ text: String, _ settings: SourceSettings = settings()) throws -> [Manifest] {
    let file = Loader(kinds: kinds, settings: settings).parse(text)
    guard file.diagnostics(in: "app.yaml").isEmpty else { throw Refused(file.diagnostics(in: "app.yaml")) }
    return file.manifests(in: "app.yaml")
}
struct Refused: Error, CustomStringConvertible {
    var description: String
    init(_ problems: [Diagnostic]) { description = problems.map(\.description).joined(separator: "\n") }
}

/// A job with these lines under `task`.
func job(_ task: String, name: String = "web") -> String {
    "apiVersion: martlet/v1\nkind: Job\nmetadata: {name: \(name)}\nspec:\n  task:\n"
        + task.split(separator: "\n").map { "    \($0)\n" }.joined()
}

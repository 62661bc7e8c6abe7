package import Model

extension HostEngine {
    /// `name` is what the controller's configuration calls the engine.
    package static func description(name: String, _ configuration: Configuration) -> EngineDescription {
        let roots = HostRoots(configuration)
        return EngineDescription(
            name: name, type: "host", layer: .provision, isEmbedded: true,
            variants: ["file": file, "directory": directory, "symlink": symlink]
        ) { manifest, grants in
            let config = manifest.spec["config"] ?? .literal(.null)
            return [
                pathProblem(config["path"], roots, grants), modeProblem(config.literal("mode")),
                ownerProblem(config.literal("owner"), grants),
                targetProblem(manifest.type == HostKind.symlink.rawValue ? config.literal("target") : nil),
                secretProblem(config),
            ].compactMap(\.self) + foreignProblems(manifest.spec)
        }
    }

    private static let path = Field(
        "path", .string, required: true,
        "Absolute, without `.`, `..` or symlinks on the way, and under a root that the controller's configuration "
            + "gives the source. The folder that it is in must exist: declare it, and build the path from its "
            + "output `path`. Another path is another object: the new one is made, then the old one goes.",
        example: "path: /srv/shop/motd")
    private static let owner = Field(
        "owner", .string,
        "`user`, `user:group` or `:group`, by name or number, among those that the controller's configuration gives "
            + "the source. Left out: the user that the controller runs as, and a change of it by others is no drift.",
        example: "owner: web:www-data")
    private static func mode(_ text: String, _ what: String) -> Field {
        Field(
            "mode", .mode, default: .string(text),
            "Permissions of \(what) in octal, quoted. setuid, setgid and the sticky bit are refused.",
            example: "mode: \"\(text)\"")
    }

    private static let file = EngineDescription.Variant(
        "A file, written whole or not at all. Its content, mode and owner are kept.",
        fields: [
            path,
            Field(
                "content", .string, required: true,
                "The text, as it stands, with references. With a secret in it neither the text nor its hash is "
                    + "ever shown.", example: "content: \"listen ${job.web.port}\\n\""),
            mode("0644", "the file"), owner,
        ],
        outputs: [
            Kind.Output("path", "Where it is."),
            Kind.Output("sha256", "SHA-256 of the content, in hex; none where the content holds a secret."),
        ])
    private static let directory = EngineDescription.Variant(
        "A directory. What is in it is not touched, and it is removed only when it is empty.",
        fields: [path, mode("0755", "the directory"), owner], outputs: [Kind.Output("path", "Where it is.")])
    private static let symlink = EngineDescription.Variant(
        "A symbolic link. Martlet itself never follows it.",
        fields: [
            path,
            Field(
                "target", .string, required: true,
                "Where it points to, as it is written into the link: absolute, or relative to the link's folder. "
                    + "It need not exist, and may be outside of the roots: the link gives no access.",
                example: "target: releases/42"),
        ],
        outputs: [Kind.Output("path", "Where it is."), Kind.Output("target", "Where it points to.")])

    /// What only a Terraform provider's objects have.
    private static func foreignProblems(_ spec: Expression) -> [FieldProblem] {
        ["lifecycle", "timeouts"].filter { spec.contains($0) }.map {
            FieldProblem(
                FieldPath($0), "'\($0)' is for objects of Terraform providers, and this engine has none")
        }
    }

    private static func pathProblem(_ path: Expression?, _ roots: HostRoots, _ grants: Grants)
        -> FieldProblem?
    {
        switch path {
        case .literal(let value)?: value.string.flatMap { roots.problem(of: $0, grants) }
        case .text(let parts)?:
            switch parts.first {
            case .literal(let prefix)?: roots.problem(ofPrefix: prefix, grants)
            default: nil
            }
        default: nil
        }
    }
    private static func modeProblem(_ mode: Value?) -> FieldProblem? {
        guard let text = mode?.string, let bits = UInt16(text, radix: 8),
            bits > 0o777
        else { return nil }
        return FieldProblem(
            FieldPath("config").appending("mode"),
            "mode '\(text)' sets setuid, setgid or the sticky bit, which is refused",
            hint: "write the last three digits alone: \"\((bits & 0o777).octal)\"")
    }
    private static func ownerProblem(_ owner: Value?, _ grants: Grants) -> FieldProblem? {
        guard let text = owner?.string else { return nil }
        guard let owner = HostOwner(text) else {
            return FieldProblem(
                FieldPath("config").appending("owner"), "owner '\(text.escapedForDisplay)' is no owner",
                hint: "write user, user:group or :group")
        }
        return owner.problem(grants)
    }
    private static func targetProblem(_ target: Value?) -> FieldProblem? {
        guard let text = target?.string, !HostSpec.isTarget(text) else { return nil }
        return FieldProblem(FieldPath("config").appending("target"), HostSpec.targetRule)
    }
    /// A name in the file system is for everybody to read.
    private static func secretProblem(_ config: Expression) -> FieldProblem? {
        guard case .map(let fields) = config,
            fields.contains(where: { $0.key != "content" && $0.value.refers(toKind: "secret") })
        else { return nil }
        for key in ["path", "target", "owner", "mode"] {
            guard let reference = config[key]?.references.first(where: { $0.id.kind == "secret" }) else {
                continue
            }
            return FieldProblem(
                FieldPath("config").appending(key),
                "\(key) holds a secret (\(reference)), which everybody could read",
                hint: "put secrets into the content of a file")
        }
        return nil
    }
}

import Model
import Probe

extension Job {
    static let task = Field(
        "task", .object(taskFields), required: true, "What one instance is.",
        example: "task: {command: /usr/local/bin/web, ports: {http: {}}}")

    private static let taskFields = [
        Field(
            "driver", .string, default: .string("exec"), "How the engine runs it.", example: "driver: docker"),
        Field(
            "command", .string, "The program, by its absolute path.", example: "command: /usr/local/bin/web"),
        Field("image", .string, "The image, where the driver runs one.", example: "image: shop/web:1.10"),
        Field(
            "args", .list(.string), "The program's arguments. No shell reads them.",
            example: "args: [--listen, \"127.0.0.1:${port.http}\"]"),
        Field("user", .string, "The user that it runs as.", example: "user: web"),
        Field("cwd", .string, "The folder that it starts in.", example: "cwd: /srv/shop"),
        Field(
            "ports",
            .map(
                .object([
                    Field(
                        "static", .int(1...65535),
                        "The port's number. Left out: the engine chooses a free one.",
                        example: "static: 8080")
                ])), "Its ports by name. `${port.NAME}` gives the number inside the task.",
            example: "ports: {http: {}, admin: {static: 9090}}"),
        Field(
            "health", .list(.object(Probe.fields)), "Probes that must pass for an instance to be healthy.",
            example: "health: [{http: /healthz, port: http, interval: 10s, timeout: 2s}]"),
        Field(
            "env", .map(.string), "Its environment.", example: "env: {DB_USER: \"${secret.db.username}\"}"),
        Field(
            "files",
            .list(
                .object([
                    Field(
                        "path", .string, required: true, "Relative to the instance's own folder.",
                        example: "path: secrets/db"),
                    Field(
                        "content", .string, required: true, "The text.",
                        example: "content: \"${secret.db.password}\""),
                    Field(
                        "mode", .mode, default: .string("0400"), "Permissions in octal, quoted.",
                        example: "mode: \"0440\""),
                ])), "Files that an instance finds when it starts. They are kept in memory only.",
            example: "files: [{path: secrets/db, content: \"${secret.db.password}\"}]"),
        Field(
            "resources",
            .object([
                Field("cpu", .int(1...10_000_000), "MHz.", example: "cpu: 500"),
                Field(
                    "memory", .size(unit: .mebibytes), "A number of MiB, or a size with its unit.",
                    example: "memory: 256MiB"),
            ]), "What one instance may use. Left out: no limit.",
            example: "resources: {cpu: 500, memory: 256}"),
        Field(
            "options", .map(.any), "What the driver takes beside.",
            example: "options: {network_mode: host}"),
    ]

    /// What goes with what.
    static let problems: @Sendable (Expression) -> [FieldProblem] = { spec in
        let task = spec["task"]
        var problems = [
            companion("schedule", of: .periodic, in: spec),
            companion("parameters", of: .parameterized, in: spec),
        ].compactMap(\.self)
        if task?["command"] == nil && task?["image"] == nil && task?["options"] == nil {
            problems.append(FieldProblem(FieldPath("task"), "missing key 'command' in Job.spec.task"))
        }
        problems += Probe.problems(
            task?["health"], at: FieldPath("task").appending("health"), ports: task?["ports"].map(names) ?? []
        )
        for path in paths(task?["files"]) where !isInside(path.text) {
            problems.append(
                FieldProblem(
                    path.place, "'\(path.text.escapedForDisplay)' leaves the instance's folder",
                    hint: "write a relative path without '..'"))
        }
        return problems
    }

    private static func companion(_ field: String, of form: Form, in spec: Expression) -> FieldProblem? {
        let isForm = spec["type"] == .literal(.string(form.rawValue))
        if isForm && spec[field] == nil {
            return FieldProblem(FieldPath("type"), "a \(form.rawValue) job has a '\(field)'")
        }
        return isForm || spec[field] == nil
            ? nil : FieldProblem(FieldPath(field), "'\(field)' is only for a job of type '\(form.rawValue)'")
    }

    private static func names(_ ports: Expression) -> [String] {
        switch ports {
        case .literal(let value): value.fields.keys.sorted()
        case .map(let fields): fields.keys.sorted()
        default: []
        }
    }

    private static func paths(_ files: Expression?) -> [(text: String, place: FieldPath)] {
        (files?.items ?? []).enumerated().compactMap { index, item in
            guard case .literal(let value)? = item["path"], let text = value.string else { return nil }
            return (text, FieldPath("task").appending("files").appending(index).appending("path"))
        }
    }
    private static func isInside(_ path: String) -> Bool {
        let parts = path.split(separator: "/" as Character, omittingEmptySubsequences: false)
        return !parts.contains { $0.isEmpty || $0 == "." || $0 == ".." }
    }
}

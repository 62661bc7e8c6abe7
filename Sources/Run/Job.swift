package import Model
package import Probe

/// What runs: what stands under `spec`, its references resolved.
package struct Job: Hashable, Sendable {
    package enum Form: String, Sendable, CaseIterable { case service, batch, system, periodic, parameterized }

    package var type: Form
    /// The engine's name.
    package var engine: String?
    package var count: Int
    package var schedule: Schedule?
    package var parameters: Parameters?
    package var update: Update
    package var restart: Restart
    package var killTimeout: Span
    package var shutdownDelay: Span
    /// `datacenters`, `constraints`, `affinities`, `spread`, `priority` and `meta`, for engines that place.
    package var placement: Value
    package var task: JobTask

    package struct Schedule: Hashable, Sendable {
        package var cron: String
        package var timezone: String
        package var overlap: Bool
    }
    package struct Parameters: Hashable, Sendable {
        package enum Payload: String, Sendable, CaseIterable { case optional, required, forbidden }
        package var payload: Payload
        package var required: [String]
        package var optional: [String]
    }
    package struct Update: Hashable, Sendable {
        package enum Health: String, Sendable, CaseIterable { case probes, running }
        package var maxParallel: Int
        package var health: Health
        package var minHealthyTime: Span
        package var healthyDeadline: Span
        package var progressDeadline: Span
        package var autoRevert: Bool
    }
    package struct Restart: Hashable, Sendable {
        package enum Mode: String, Sendable, CaseIterable { case delay, fail }
        package var attempts: Int
        package var interval: Span
        package var delay: Span
        package var maxDelay: Span
        package var mode: Mode
    }
}

/// What one instance of a job is. Texts that may hold secrets stay values.
package struct JobTask: Hashable, Sendable {
    package struct Port: Hashable, Sendable {
        /// Nil where the engine chooses one.
        package var fixed: Int?
        package init(fixed: Int?) { self.fixed = fixed }
    }
    package struct File: Hashable, Sendable {
        package var path: String
        package var content: Value
        /// Four octal digits.
        package var mode: String
        package init(path: String, content: Value, mode: String) {
            (self.path, self.content, self.mode) = (path, content, mode)
        }
    }
    package var driver: String
    package var command: String?
    package var image: String?
    package var args: [Value]
    package var user: String?
    package var cwd: String?
    package var ports: [String: Port]
    package var health: [Probe]
    package var env: [String: Value]
    package var files: [File]
    /// MHz.
    package var cpu: Int?
    package var memory: ByteSize?
    /// What the driver takes beside.
    package var options: Value
}

extension Job {
    package init(_ spec: Value) throws(EngineError) {
        type = try spec.required("type") { $0.string.flatMap(Form.init) }
        engine = try spec.optional("engine", \.string)
        count = try spec.required("count", \.int)
        schedule = try spec["schedule"].map { value throws(EngineError) in
            Schedule(
                cron: try value.required("cron", \.string),
                timezone: try value.required("timezone", \.string),
                overlap: try value.required("overlap", \.bool))
        }
        parameters = try spec["parameters"].map { value throws(EngineError) in
            Parameters(
                payload: try value.required("payload") { $0.string.flatMap(Parameters.Payload.init) },
                required: value["required"]?.strings ?? [], optional: value["optional"]?.strings ?? [])
        }
        task = try JobTask(try spec.required("task") { $0 })
        update = try Update(spec["update"] ?? .null, hasProbes: !task.health.isEmpty)
        restart = try Restart(spec["restart"] ?? .null)
        killTimeout = try spec.required("killTimeout", \.span)
        shutdownDelay = try spec.required("shutdownDelay", \.span)
        let names: Set = ["datacenters", "constraints", "affinities", "spread", "priority", "meta"]
        placement = .map(spec.fields.filter { names.contains($0.key) })
    }
}

extension Job.Update {
    fileprivate init(_ spec: Value, hasProbes: Bool) throws(EngineError) {
        maxParallel = try spec.required("maxParallel", \.int)
        health =
            try spec.optional("health") { $0.string.flatMap(Health.init) } ?? (hasProbes ? .probes : .running)
        minHealthyTime = try spec.required("minHealthyTime", \.span)
        healthyDeadline = try spec.required("healthyDeadline", \.span)
        progressDeadline = try spec.required("progressDeadline", \.span)
        autoRevert = try spec.required("autoRevert", \.bool)
    }
}

extension Job.Restart {
    fileprivate init(_ spec: Value) throws(EngineError) {
        attempts = try spec.required("attempts", \.int)
        interval = try spec.required("interval", \.span)
        delay = try spec.required("delay", \.span)
        maxDelay = try spec.required("maxDelay", \.span)
        mode = try spec.required("mode") { $0.string.flatMap(Mode.init) }
    }
}

extension JobTask {
    fileprivate init(_ spec: Value) throws(EngineError) {
        driver = try spec.required("driver", \.string)
        command = try spec.optional("command", \.string)
        image = try spec.optional("image", \.string)
        args = spec["args"]?.items ?? []
        user = try spec.optional("user", \.string)
        cwd = try spec.optional("cwd", \.string)
        ports = (spec["ports"]?.fields ?? [:]).mapValues { Port(fixed: $0["static"]?.int) }
        health = try spec.objects("health") { value throws(EngineError) in try Probe(value) }
        env = spec["env"]?.fields ?? [:]
        files = try spec.objects("files") { value throws(EngineError) in
            File(
                path: try value.required("path", \.string), content: value["content"] ?? .string(""),
                mode: try value.required("mode", \.string))
        }
        cpu = spec["resources"]?["cpu"]?.int
        memory = spec["resources"]?["memory"]?.string.flatMap { ByteSize($0, unit: .mebibytes) }
        options = spec["options"] ?? .map([:])
    }
}

import Fixtures
import Foundation
import Glibc

/// What a seeded history asks for over all four layers: jobs, each behind a service that a file names the port of, and
/// a secret that both hold.
struct Cloud {
    struct Thing {
        var count = 1
        /// How long its programs sleep, which tells its version.
        var seconds: Int
        var text = "text"
    }
    private(set) var things: [String: Thing] = [:]
    private(set) var secret = "first"
    /// The version of the job that must have ended before the others begin.
    private(set) var migration = 1
    private var random: Seeded
    private var lastSeconds = 100_000
    private let onDrift: String
    let site: Site

    static let user = NSUserName()

    /// - Parameter ports: how many ports there are for the jobs, from the first on.
    init(
        _ site: Site, seed: UInt64, jobs: Int = 3, firstPort: Int = 21000, ports: Int,
        onDrift: String = "correct"
    ) async throws {
        (self.site, self.onDrift, random) = (site, onDrift, Seeded(seed))
        try site.configure(
            variables: ", out: \(site.path)/runs", allow: ", users: [\(Self.user)]",
            rest: """
                engines:
                  host: {type: host}
                  sealed: {type: sealed}
                  registry: {type: registry}
                  supervisor: {type: supervisor, users: [\(Self.user)], commands: [/bin, /usr], ports: \
                \(firstPort)-\(firstPort + ports - 1)}
                """)
        try site.put(secret, as: "shop/a")
        try site.git.write(secretManifest("a", path: "shop/a"), to: "m/a.yaml")
        try writeMigration()
        for index in 0..<jobs { try set("w\(index)", Thing(count: index % 3 + 1, seconds: newSeconds())) }
        try await site.git.commit("first")
    }

    var manifestIDs: Set<String> {
        Set(
            things.keys.flatMap { ["job/shop/\($0)", "service/shop/\($0)", "infrastructure/shop/\($0)"] }
                + ["secret/shop/a"] + (things.isEmpty ? [] : ["job/shop/migrate"]))
    }

    private mutating func newSeconds() -> Int {
        lastSeconds += 1
        return lastSeconds
    }
    private mutating func set(_ name: String, _ thing: Thing) throws {
        things[name] = thing
        let common = "metadata: {name: \(name)}\nreconcile: {onDrift: \(onDrift)}\n"
        let text = """
            apiVersion: martlet/v1
            kind: Job
            \(common)dependsOn: [job/migrate]
            spec:
              count: \(thing.count)
              killTimeout: 2s
              shutdownDelay: 0s
              update: {minHealthyTime: 20ms}
              restart: {attempts: 1000, interval: 1h, delay: 10ms, maxDelay: 100ms}
              task:
                command: /bin/sleep
                args: ["\(thing.seconds)"]
                user: \(Self.user)
                ports: {http: {}}
                env: {SITE: "${var.root}"}
                files: [{path: secret, content: "${secret.a.value}", mode: "0400"}]
            ---
            apiVersion: martlet/v1
            kind: Service
            \(common)spec: {job: \(name), port: http}
            ---
            """
        let file = hostManifest(
            name, "file", path: "${var.root}/\(name)",
            "content: \"\(thing.text) ${secret.a.value} ${service.\(name).port}\", mode: \"0644\"",
            reconcile: "onDrift: \(onDrift)")
        try site.git.write("\(text)\n\(file)", to: "m/\(name).yaml")
    }
    private func writeMigration() throws {
        try site.git.write(
            """
            apiVersion: martlet/v1
            kind: Job
            metadata: {name: migrate}
            spec:
              type: batch
              task:
                command: /bin/sh
                args: [-c, "echo \(migration) >> ${var.out}"]
                user: \(Self.user)
                env: {SITE: "${var.root}"}
            """, to: "m/migrate.yaml")
    }
}

extension Cloud {
    /// One thing happens, in the repository, by hand, or to the secret; gives what, for messages.
    mutating func happen() async throws -> String {
        guard let name = things.keys.sorted().randomElement(using: &random), var thing = things[name] else {
            return "nothing"
        }
        switch Int.random(in: 0..<11, using: &random) {
        case 0..<3:
            thing.seconds = newSeconds()
            try set(name, thing)
            return try await committed("another version of \(name)")
        case 3:
            thing.count = Int.random(in: 1...3, using: &random)
            try set(name, thing)
            return try await committed("\(thing.count) of \(name)")
        case 4:
            thing.text += "+"
            try set(name, thing)
            return try await committed("another text of \(name)")
        case 5:
            return things.count < 4 ? try await add() : try await remove(name)
        case 6:
            migration += 1
            try writeMigration()
            return try await committed("migration \(migration)")
        case 7:
            try rotate()
            return "rotate"
        case 8..<10: return killByHand()
        default:
            guard FileManager.default.fileExists(atPath: "\(site.root)/\(name)") else { return "nothing" }
            try Data("edited".utf8).write(to: URL(filePath: "\(site.root)/\(name)"))
            return "edit \(name)"
        }
    }
    /// Another value, as 'martlet secret put' puts it beside a controller.
    mutating func rotate() throws {
        secret += "+"
        try site.put(secret, as: "shop/a")
    }
    /// The last word.
    mutating func end() async throws {
        guard let name = things.keys.sorted().first, var thing = things[name] else { return }
        thing.seconds = newSeconds()
        try set(name, thing)
        _ = try await committed("the end")
    }
    /// Nothing is asked for any more but the secret.
    mutating func clear() async throws {
        for name in things.keys { try site.git.remove("m/\(name).yaml") }
        try site.git.remove("m/migrate.yaml")
        things = [:]
        _ = try await committed("nothing")
    }

    private func committed(_ what: String) async throws -> String {
        try await site.git.commit(what)
        return what
    }
    private mutating func add() async throws -> String {
        let thing = Thing(seconds: newSeconds())
        let name = "n\(thing.seconds)"
        try set(name, thing)
        return try await committed("add \(name)")
    }
    private mutating func remove(_ name: String) async throws -> String {
        things[name] = nil
        try site.git.remove("m/\(name).yaml")
        return try await committed("remove \(name)")
    }
    private mutating func killByHand() -> String {
        let workforce = Workforce(of: site)
        let sleepers = workforce.members.filter { $0.arguments.first == "/bin/sleep" }
        guard let member = sleepers.randomElement(using: &random) else { return "nothing" }
        let isShim = Bool.random(using: &random)
        guard let pid = isShim ? workforce.shim(of: member) : member.pid, workforce.processes.contains(pid)
        else { return "nothing" }
        kill(pid, SIGKILL)
        return "kill \(isShim ? "the shim" : "a program") of \(member.job)"
    }
}

extension Cloud {
    /// What is not as it is asked for, a line each; empty where nothing is lost, doubled or orphaned.
    func differences() -> [String] {
        let workforce = Workforce(of: site)
        let left = Dictionary(grouping: workforce.members, by: \.job)
        var lines = things.sorted { $0.key < $1.key }.flatMap { name, thing in
            differences(of: name, thing, left["job/shop/\(name)"] ?? [])
        }
        lines += Set(left.keys).subtracting(things.keys.map { "job/shop/\($0)" }).map { "\($0) runs" }
        let files = Set(WorldFile.all(under: site.root).keys)
        if files != Set(things.keys) { lines.append("files are \(files.sorted())") }
        lines += instanceDifferences(workforce)
        let ports = workforce.members.compactMap(\.port)
        if Set(ports).count != workforce.members.count { lines.append("ports are \(ports)") }
        let runs = ((try? String(contentsOfFile: "\(site.path)/runs", encoding: .utf8)) ?? "").split(
            separator: "\n")
        if Set(runs).count != runs.count { lines.append("migrations ran twice: \(runs)") }
        if !things.isEmpty, runs.last != "\(migration)" { lines.append("migrations are \(runs)") }
        return lines
    }

    private func differences(of name: String, _ thing: Thing, _ members: [Workforce.Member]) -> [String] {
        var lines: [String] = []
        if members.count != thing.count { lines.append("\(name): \(members.count) of \(thing.count) run") }
        for member in members {
            if member.arguments != ["/bin/sleep", "\(thing.seconds)"] {
                lines.append("\(name): runs \(member.arguments), not for \(thing.seconds)")
            }
            let seen = try? String(contentsOfFile: "\(member.folder)/home/secret", encoding: .utf8)
            if seen != secret { lines.append("\(name): holds '\(seen ?? "")', not '\(secret)'") }
        }
        let possible = members.compactMap(\.port).map { port in
            WorldFile.file("\(thing.text) \(secret) \(port)", mode: 0o644)
        }
        let file = WorldFile("\(site.root)/\(name)")
        if !possible.contains(where: { $0 == file }) {
            lines.append("\(name): is \(file?.description ?? "nothing"), not one of \(possible)")
        }
        return lines
    }

    /// Each program has one shim and one folder; only a batch job that has ended keeps its folder.
    private func instanceDifferences(_ workforce: Workforce) -> [String] {
        var lines: [String] = []
        if workforce.processes.count != 2 * workforce.members.count {
            lines.append(
                "\(workforce.processes.count) processes are there for \(workforce.members.count) programs")
        }
        let own = Set(
            workforce.members.map { member in
                member.folder.split(separator: "/").suffix(2).joined(separator: "/")
            })
        if own.count != workforce.members.count { lines.append("two programs share a folder") }
        let others = workforce.instances.subtracting(own)
        if others.count != (things.isEmpty ? 0 : 1) || !others.allSatisfy({ $0.hasPrefix("shop.migrate/") }) {
            lines.append("folders are left behind: \(others.sorted())")
        }
        return lines
    }
}

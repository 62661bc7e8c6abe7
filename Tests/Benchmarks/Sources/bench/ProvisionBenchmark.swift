import Foundation

/// Objects of a Terraform provider, beside the real `terraform` over the same provider. That one is Python, and the limit:
/// what share of the time it takes is told.
struct ProvisionBenchmark {
    let martlet: String
    /// Where `.engines` is.
    let engines: URL
    let runs: Int
    private(set) var skipped: [String] = []
    private var table = Table(columns: [
        "objects", "first apply", "plan", "plan, nothing read", "warm, all read", "of that the provider",
        "warm, as known", "memory",
    ])

    init(martlet: String, engines: URL, runs: Int) {
        (self.martlet, self.engines, self.runs) = (martlet, engines, runs)
    }
    var markdown: String { table.markdown }

    /// Seconds.
    private struct Cold {
        var apply: Double
        var plan: Double
        var unread: Double
    }
    private struct Warm {
        /// Seconds, for a pass that looks at all.
        var read: Double
        /// The provider's CPU time in it, of its whole.
        var share: Double
        /// Seconds, for a plan that a controller is asked for.
        var known: Double
        /// Bytes, of the controller.
        var memory: Double
    }

    mutating func measure(_ count: Int) {
        do {
            let mirror = engines.appending(path: "peer/unpacked")
            guard FileManager.default.fileExists(atPath: mirror.filePath) else {
                throw BenchError("our provider is not there: run Tests/engines/peer")
            }
            let things = Things(count: count)
            let history = try things.history()
            let folder = URL(filePath: "/tmp/martlet-bench-\(UUID().uuidString.prefix(8))")
            defer { try? FileManager.default.removeItem(at: folder) }
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let place = try Workplace(
                martlet: martlet, allow: ", engines: [peer]",
                rest: """
                    providers: {mirrors: [{filesystem: "\(mirror.filePath)"}]}
                    engines:
                      peer:
                        type: terraform
                        source: registry.example/martlet/peer
                        config: {world: "\(folder.appending(path: "martlet-world").filePath)"}
                    """
            ) { try history.write(to: $0) }
            defer { place.remove() }
            let (cold, warm) = try follow(place)
            table.rows.append([
                "Martlet, \(count.grouped)", cold.apply.seconds, cold.plan.seconds, cold.unread.seconds,
                warm.read.seconds, warm.share.percent, warm.known.seconds, warm.memory.megabytes,
            ])
            do { try compare(cold, warm, with: TerraformYardstick(things, mirror: mirror, in: folder)) } catch
            {
                skipped.append("terraform over \(count.grouped) objects: \(error)")
            }
        } catch { skipped.append("\(count.grouped) objects of a provider: \(error)") }
    }

    private mutating func compare(_ cold: Cold, _ warm: Warm, with terraform: TerraformYardstick) throws {
        let theirs = try follow(terraform)
        table.rows.append(
            [
                "terraform", theirs.apply.seconds, theirs.plan.seconds, theirs.unread.seconds, "-", "-", "-",
                "-",
            ])
        table.rows.append([
            "beside it", (cold.apply / theirs.apply).ratio, (cold.plan / theirs.plan).ratio,
            (cold.unread / theirs.unread).ratio, (warm.read / theirs.plan).ratio, "-",
            (warm.known / theirs.unread).ratio, "-",
        ])
    }

    private func follow(_ terraform: TerraformYardstick) throws -> Cold {
        Cold(
            apply: try terraform.apply(), plan: try (0..<runs).map { _ in try terraform.plan() }.median,
            unread: try (0..<runs).map { _ in try terraform.plan("-refresh=false") }.median)
    }

    private func follow(_ place: Workplace) throws -> (Cold, Warm) {
        try place.push(GitHistory.base)
        try place.run("providers", "lock")
        let cold = Cold(
            apply: try place.run("apply", "shop"),
            plan: try (0..<runs).map { _ in try place.run("plan", "shop") }.median,
            unread: try (0..<runs).map { _ in try place.run("plan", "shop", "--refresh=false") }.median)
        let server = try place.start()
        let warm = Result { try follow(place, server.process) }
        kill(server.process, SIGTERM)
        _ = try server.wait()
        return (cold, try warm.get())
    }

    /// A running controller.
    private func follow(_ place: Workplace, _ process: pid_t) throws -> Warm {
        _ = try place.scrape(process, within: 300) { $0.loads == 1 && $0.isAtRest }
        _ = try place.lookAtAll(process)
        guard let provider = ProcessFigures.children(of: process).first else {
            throw BenchError("the controller has no provider")
        }
        let (cpu, began) = (provider.cpu, try place.scrape(process, within: 10) { _ in true }.passSeconds)
        let read = try place.lookAtAll(process)
        let took = try place.scrape(process, within: 10) { _ in true }.passSeconds - began
        return Warm(
            read: read, share: (provider.cpu - cpu) / took,
            known: try (0..<runs).map { _ in try place.run("plan", "shop") }.median,
            memory: ProcessFigures(process).memory)
    }
}

extension ProcessFigures {
    static func children(of process: pid_t) -> [ProcessFigures] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.map { ProcessFigures($0) }.filter { $0.parent == process }
    }
}

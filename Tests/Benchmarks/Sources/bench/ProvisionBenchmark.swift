import Foundation
import Glibc

/// Objects of a Terraform provider, beside the real `terraform` over the same provider and the same back end. What a
/// provider itself takes is in both: how each program does without it is told beside that.
struct ProvisionBenchmark {
    let martlet: String
    /// Where `.engines` is.
    let engines: URL
    let runs: Int
    private(set) var skipped: [String] = []
    private var table = Table(columns: [
        "", "first apply", "plan", "plan, nothing read", "warm, all read", "warm, as known", "memory",
    ])

    init(martlet: String, engines: URL, runs: Int) {
        (self.martlet, self.engines, self.runs) = (martlet, engines, runs)
    }
    var markdown: String { table.markdown }

    /// What one program takes.
    fileprivate struct Figures {
        var apply: Measurement?
        var plans: [Measurement] = []
        var unread: [Measurement] = []
    }
    /// A running controller, that looks at all, and that is asked for its plan.
    fileprivate struct Warm {
        var read: Figure
        /// The provider's CPU time while all is looked at, in seconds.
        var provider: Double
        var known: Figure
        /// Bytes, of the controller.
        var memory: Double
    }
    /// Seconds, by the wall's clock and of CPU without the provider's.
    fileprivate struct Figure {
        var wall: Double
        var own: Double
    }

    /// Of our own provider.
    mutating func measure(_ count: Int) {
        let engines = engines
        measure("\(count.grouped) of ours") { folder in
            let mirror = engines.appending(path: "peer/unpacked")
            guard FileManager.default.fileExists(atPath: mirror.filePath) else {
                throw BenchError("our provider is not there: run Tests/engines/peer")
            }
            return .things(count, mirror: mirror, in: folder)
        }
    }
    /// Of `hashicorp/aws`, which `mirror` has, over a parameter store in memory.
    mutating func measureAWS(_ count: Int, mirror: URL) {
        do {
            let server = try LocalServer.parameters(in: engines)
            let port = server.ports.first ?? 0
            measure("\(count.grouped) of AWS's") { _ in .parameters(count, mirror: mirror, port: port) }
            try server.end()
        } catch { skipped.append("objects of AWS: \(error)") }
    }

    private mutating func measure(_ title: String, _ make: (URL) throws -> ProviderObjects) {
        do {
            let folder = URL(filePath: "/tmp/martlet-bench-\(UUID().uuidString.prefix(8))")
            defer { try? FileManager.default.removeItem(at: folder) }
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let objects = try make(folder)
            let history = try objects.history()
            let place = try Workplace(
                martlet: martlet, allow: ", engines: [\(objects.provider)]",
                rest: try objects.configuration()
            ) { try history.write(to: $0) }
            defer { place.remove() }
            try place.push(GitHistory.base)
            try place.measure("providers", "lock")
            var ours = Figures(apply: try place.measure("apply", "shop"))
            var theirs = Figures()
            let terraform = Result { () throws -> TerraformYardstick in
                let terraform = try TerraformYardstick(objects, in: folder)
                theirs.apply = try terraform.apply()
                return terraform
            }
            // Side by side: whatever else the machine has to do is in both.
            for _ in 0..<(objects.count > TerraformYardstick.most ? min(runs, 3) : runs) {
                ours.plans.append(try place.measure("plan", "shop"))
                ours.unread.append(try place.measure("plan", "shop", "--refresh=false"))
                guard let terraform = try? terraform.get() else { continue }
                theirs.plans.append(try terraform.plan())
                theirs.unread.append(try terraform.plan("-refresh=false"))
            }
            add(title, ours, try warm(place), theirs)
            if case .failure(let error) = terraform { skipped.append("terraform over \(title): \(error)") }
        } catch { skipped.append("\(title): \(error)") }
    }

    private func warm(_ place: Workplace) throws -> Warm {
        let server = try place.start()
        let warm = Result { try follow(place, server.process) }
        kill(server.process, SIGTERM)
        _ = try server.wait()
        return try warm.get()
    }
    private func follow(_ place: Workplace, _ process: pid_t) throws -> Warm {
        _ = try place.scrape(process, within: 300) { $0.loads == 1 && $0.isAtRest }
        // The provider's process is started for the first.
        _ = try place.lookAtAll(process, times: 1)
        guard let provider = ProcessFigures.children(of: process).first else {
            throw BenchError("the controller has no provider")
        }
        let controller = ProcessFigures(process)
        var before = (provider: provider.cpu, own: controller.cpu)
        let read = try place.lookAtAll(process, times: runs)
        let cost = (provider.cpu - before.provider) / Double(runs)
        let own = (controller.cpu - before.own) / Double(runs)
        before.own = controller.cpu
        let asked = try (0..<runs).map { _ in try place.measure("plan", "shop") }
        let answering = (controller.cpu - before.own) / Double(runs)
        return Warm(
            read: Figure(wall: read, own: own), provider: cost,
            known: Figure(wall: asked.map(\.wall).median, own: asked.map(\.cpu).median + answering),
            memory: controller.memory)
    }

    private mutating func add(_ title: String, _ ours: Figures, _ warm: Warm, _ theirs: Figures) {
        let none = ["-", "-", "-"]
        func add(_ name: String, _ cold: [String], _ warm: [String]) {
            table.rows.append([name] + cold + warm)
        }
        add(
            "**\(title)**, Martlet", ours.row(\.wall),
            [warm.read.wall.seconds, warm.known.wall.seconds, warm.memory.megabytes])
        if !theirs.plans.isEmpty {
            add("terraform", theirs.row(\.wall), none)
            add("**beside it**", ours.row(\.wall, beside: theirs), theirs.row(of: warm, \.wall, \.wall))
        }
        add("CPU of the provider, Martlet", ours.row(\.children), [warm.provider.seconds, "-", "-"])
        add("CPU of Martlet itself", ours.row(\.own), [warm.read.own.seconds, warm.known.own.seconds, "-"])
        guard !theirs.plans.isEmpty else { return }
        add("CPU of the provider, terraform", theirs.row(\.children), none)
        add("CPU of terraform itself", theirs.row(\.own), none)
        add(
            "**beside it, without the provider**", ours.row(\.own, beside: theirs),
            theirs.row(of: warm, \.own, \.own))
    }
}

extension ProvisionBenchmark.Figures {
    private func median(_ what: [Measurement], _ value: (Measurement) -> Double) -> Double {
        what.map(value).median
    }
    /// First apply, plan, and plan with nothing read.
    fileprivate func row(_ value: (Measurement) -> Double) -> [String] {
        [apply.map { value($0).seconds } ?? "-", median(plans, value).seconds, median(unread, value).seconds]
    }
    fileprivate func row(_ value: (Measurement) -> Double, beside other: Self) -> [String] {
        var first = "-"
        if let ours = apply, let theirs = other.apply { first = (value(ours) / value(theirs)).ratio }
        let plan = median(plans, value) / median(other.plans, value)
        let unread = median(unread, value) / median(other.unread, value)
        return [first, plan.ratio, unread.ratio]
    }
    /// A running controller beside these.
    fileprivate func row(
        of warm: ProvisionBenchmark.Warm, _ ours: (ProvisionBenchmark.Figure) -> Double,
        _ theirs: (Measurement) -> Double
    ) -> [String] {
        let read = ours(warm.read) / median(plans, theirs)
        let known = ours(warm.known) / median(unread, theirs)
        return [read.ratio, known.ratio, "-"]
    }
}

extension ProcessFigures {
    static func children(of process: pid_t) -> [ProcessFigures] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.map { ProcessFigures($0) }.filter { $0.parent == process }
    }
}

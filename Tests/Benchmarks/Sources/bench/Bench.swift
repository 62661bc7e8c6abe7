import Foundation
import Glibc

/// usage: bench --martlet BINARY --folder FOLDER [--engines FOLDER] [--runs N] [--seed N] [--fleet N]
///     [--objects N,N] [--only load,passes,pushes,previews,deliveries,services,jobs,provision] SIZE...
@main struct Bench {
    enum Part: String, CaseIterable {
        case load, passes, pushes, previews, deliveries, services, jobs, provision
    }
    var martlet = ".build/release/martlet"
    var folder = URL(filePath: ".build/bench/repositories")
    var runs = 5
    var seed: UInt64 = 1
    var sizes: [Int] = []
    /// How many services, and how many jobs.
    var fleet = 1000
    /// How many objects of our Terraform provider.
    var objects = [50, 200, 500, 5000]
    var engines = URL(filePath: ".engines")
    var only = Set(Part.allCases)
    private var skipped: [String] = []

    static func main() {
        do {
            var bench = try Bench(CommandLine.arguments.dropFirst())
            try bench.run()
        } catch {
            FileHandle.standardError.write(Data("bench: \(error)\n".utf8))
            exit(1)
        }
    }

    init(_ arguments: some Sequence<String>) throws {
        var rest = arguments.makeIterator()
        while let argument = rest.next() {
            switch (argument, argument.hasPrefix("--") ? rest.next() : nil) {
            case ("--martlet", let value?): martlet = URL(filePath: value).filePath
            case ("--folder", let value?): folder = URL(filePath: value)
            case ("--runs", let value?): runs = max(1, Int(value) ?? runs)
            case ("--seed", let value?): seed = UInt64(value) ?? seed
            case ("--fleet", let value?): fleet = max(1, Int(value) ?? fleet)
            case ("--objects", let value?): objects = value.split(separator: ",").compactMap { Int($0) }
            case ("--engines", let value?): engines = URL(filePath: value)
            case ("--only", let value?):
                only = try Set(value.split(separator: ",").map(Part.init(named:)))
            default:
                guard let size = Int(argument), size > 0 else {
                    throw BenchError("unknown argument '\(argument)'")
                }
                sizes.append(size)
            }
        }
        if sizes.isEmpty { sizes = [1000, 10_000, 100_000] }
    }

    mutating func run() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        if !only.isDisjoint(with: [.load, .passes, .pushes, .previews]) { try runRepositories() }
        if only.contains(.deliveries) { runDeliveries() }
        if only.contains(.services) { runServices() }
        if only.contains(.jobs) { runJobs() }
        if only.contains(.provision) { runProvision() }
        for line in skipped { print("skipped \(line)") }
    }

    private mutating func runRepositories() throws {
        let repositories = try sizes.map { size in
            let began = ContinuousClock.now
            let repository = try Repository(of: size, seed: seed, under: folder)
            note("\(size.grouped) manifests in \(((ContinuousClock.now - began) / .seconds(1)).seconds)")
            return repository
        }
        let yardstick = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appending(path: "yardstick").filePath
        let cores = ProcessInfo.processInfo.activeProcessorCount
        var load = LoadBenchmark(
            martlet: martlet, yardstick: yardstick, folder: folder, runs: runs, cores: cores)
        var passes = PassBenchmark(martlet: martlet, folder: folder)
        var pushes = PushBenchmark(martlet: martlet, folder: folder, runs: runs)
        var previews = PreviewBenchmark(martlet: martlet, folder: folder, runs: runs)
        for repository in repositories {
            if only.contains(.load) {
                note("loading \(repository.count.grouped)")
                try load.measure(repository)
            }
            if only.contains(.passes) {
                note("passes over \(repository.count.grouped)")
                try passes.measure(repository)
            }
            if only.contains(.pushes) {
                note("pushes to \(repository.count.grouped)")
                try pushes.measure(repository)
            }
            if only.contains(.previews) {
                note("previews over \(repository.count.grouped)")
                try previews.measure(repository)
            }
        }
        if only.contains(.load) {
            print("### Load: medians of \(runs) runs on \(cores) cores\n\n\(load.markdown)\n")
            print("wall: beside C on all cores; CPU: beside the CPU time of C on one core\n")
        }
        if only.contains(.passes) {
            print("### A running controller\n\n\(passes.markdown)\n")
            print(
                "commit: one changed file, medians of \(passes.changes); whole passes: all until it has converged, "
                    + "recording included; idle: a pass with nothing changed\n")
        }
        if only.contains(.pushes) {
            print(
                "### A push of one changed file: medians of \(runs) runs of 'git push'\n\n\(pushes.markdown)\n"
            )
        }
        if only.contains(.previews) {
            print("### A preview of one changed file: medians of \(runs)\n\n\(previews.markdown)\n")
        }
        skipped += [load.skipped, passes.skipped, pushes.skipped, previews.skipped].compactMap(\.self)
    }

    private mutating func runDeliveries() {
        var burst = BurstBenchmark(martlet: martlet)
        note("\(burst.count.grouped) deliveries")
        burst.measure()
        print("### Deliveries of webhooks at once, by \(burst.senders) connections\n\n\(burst.markdown)\n")
        skipped += [burst.skipped].compactMap(\.self)
    }

    private mutating func runServices() {
        var services = ServiceBenchmark(martlet: martlet, folder: folder, count: fleet)
        note("\(fleet.grouped) services")
        services.measure()
        print("### Services\n\n\(services.markdown)\n")
        print("looking at all: every service observed, nothing changed; CPU: of one core\n")
        skipped += [services.skipped].compactMap(\.self)
    }

    private mutating func runJobs() {
        var jobs = JobBenchmark(martlet: martlet, engines: engines)
        let few = min(100, fleet)
        note("supervisord with \(few.grouped) processes")
        jobs.measureYardstick(few)
        for count in Set([few, fleet]).sorted() {
            note("\(count.grouped) jobs")
            jobs.measure(count)
        }
        note("moves")
        var moves = MoveBenchmark(martlet: martlet)
        moves.measure()
        print("### Jobs: processes that sleep\n\n\(jobs.markdown)\n")
        print(
            "started: from the push, or from supervisord's start, until all run; death: SIGKILL, medians of "
                + "\(jobs.deaths); memory: resident, of the controller or supervisord; beside each process: its shim, "
                + "what it shares divided\n\n\(moves.sentence)\n")
        skipped += jobs.skipped + [moves.skipped].compactMap(\.self)
    }

    private mutating func runProvision() {
        var provision = ProvisionBenchmark(martlet: martlet, engines: engines, runs: runs)
        for count in objects {
            note("\(count.grouped) objects of our provider")
            provision.measure(count)
        }
        if let mirror = ProviderObjects.mirrorOfAWS {
            note("200 objects of hashicorp/aws")
            provision.measureAWS(200, mirror: mirror)
        } else {
            skipped.append(
                "objects of AWS: no mirror (MARTLET_TEST_PROVIDER_MIRROR, or Terraform's own) has hashicorp/aws"
            )
        }
        print(
            "### Objects of a Terraform provider, nothing changed: medians of \(runs) runs\n\n\(provision.markdown)\n"
        )
        print(
            "plan: a process of its own, its provider started for it; warm: a running controller, looking at all, beside "
                + "'terraform plan'; as known: it is asked for its plan, beside 'terraform plan -refresh=false'; memory: "
                + "resident, of the controller; CPU of the provider: of all children, which Martlet's fetch is one of\n"
        )
        skipped += provision.skipped
    }

    private func note(_ text: String) { FileHandle.standardError.write(Data("bench: \(text)\n".utf8)) }
}

extension Bench.Part {
    fileprivate init(named name: Substring) throws {
        guard let part = Self(rawValue: String(name)) else {
            throw BenchError(
                "'\(name)' is none of \(Self.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self = part
    }
}

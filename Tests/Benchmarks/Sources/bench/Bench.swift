import Foundation
import Glibc

/// usage: bench --martlet BINARY --folder FOLDER [--runs N] [--seed N] SIZE...
@main struct Bench {
    var martlet = ".build/release/martlet"
    var folder = URL(filePath: ".build/bench/repositories")
    var runs = 5
    var seed: UInt64 = 1
    var sizes: [Int] = []

    static func main() {
        do {
            try Bench(CommandLine.arguments.dropFirst()).run()
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
            default:
                guard let size = Int(argument), size > 0 else {
                    throw BenchError("unknown argument '\(argument)'")
                }
                sizes.append(size)
            }
        }
        if sizes.isEmpty { sizes = [1000, 10_000, 100_000] }
    }

    func run() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
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
        for repository in repositories {
            note("loading \(repository.count.grouped)")
            try load.measure(repository)
            note("passes over \(repository.count.grouped)")
            try passes.measure(repository)
            note("pushes to \(repository.count.grouped)")
            try pushes.measure(repository)
        }
        print("### Load: medians of \(runs) runs on \(cores) cores\n\n\(load.markdown)\n")
        print("wall: beside C on all cores; CPU: beside the CPU time of C on one core\n")
        print("### A running controller\n\n\(passes.markdown)\n")
        print(
            "commit: one changed file, medians of \(passes.changes); whole passes: all until it has converged, recording "
                + "included; idle: a pass with nothing changed\n")
        print("### A push of one changed file: medians of \(runs) runs of 'git push'\n\n\(pushes.markdown)\n")
        for skipped in [load.skipped, passes.skipped, pushes.skipped].compactMap(\.self) {
            print("skipped \(skipped)")
        }
    }

    private func note(_ text: String) { FileHandle.standardError.write(Data("bench: \(text)\n".utf8)) }
}

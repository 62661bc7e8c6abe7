import Foundation
import Glibc

/// The yardstick of jobs: `supervisord` (PyPI), from `.engines/supervisor`, over as many processes as there are jobs.
struct Supervisord {
    private let count: Int
    private let packages: URL
    private let sleepers = Sleepers()

    init(_ count: Int, engines: URL) throws {
        (self.count, packages) = (count, engines.appending(path: "supervisor"))
        guard FileManager.default.fileExists(atPath: packages.appending(path: "supervisor").filePath) else {
            throw BenchError("it is not there: run Tests/engines/supervisor")
        }
    }

    /// The columns of the table of jobs.
    func measure(_ deaths: Int, rest: Double) throws -> [String] {
        let folder = URL(filePath: "/tmp/martlet-bench-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "supervisord.conf")
        try configuration(folder).write(to: file, atomically: true, encoding: .utf8)
        let began = ContinuousClock.now
        let server = try Command(
            [
                "env", "PYTHONPATH=\(packages.filePath)", "python3", "-m", "supervisor.supervisord", "-n",
                "-c", file.filePath,
            ], in: folder)
        let process = server.process
        let row = Result { () throws -> [String] in
            try sleepers.wait(for: count, within: 60)
            let started = (ContinuousClock.now - began) / .seconds(1)
            usleep(3_000_000)
            let load = ProcessFigures(process).load(over: rest)
            let reactions = try sleepers.reactions(deaths)
            let memory = ProcessFigures(process).memory
            return [
                started.seconds, reactions.median.seconds, (reactions.max() ?? .nan).seconds, load.percent,
                memory.megabytes, "-", memory.megabytes,
            ]
        }
        kill(process, SIGTERM)
        _ = try server.wait()
        for sleeper in sleepers.all { kill(sleeper.process, SIGKILL) }
        return try row.get()
    }

    /// As Martlet's jobs are: no time that a start has to last, and a restart at once.
    private func configuration(_ folder: URL) -> String {
        let arguments = sleepers.arguments(0)
        return """
            [supervisord]
            logfile=\(folder.filePath)/log
            pidfile=\(folder.filePath)/pid
            childlogdir=\(folder.filePath)
            nodaemon=true

            [program:sleeper]
            command=/bin/sleep \(arguments[0]) \(sleepers.lastArgumentStart)%(process_num)06d
            process_name=%(program_name)s_%(process_num)d
            numprocs=\(count)
            startsecs=0
            autorestart=true

            """
    }
}

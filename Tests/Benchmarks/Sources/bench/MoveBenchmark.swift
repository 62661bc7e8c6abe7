import Foundation
import Glibc

/// A job's instance that comes back on another port: how soon its service names it.
struct MoveBenchmark {
    let martlet: String
    var moves = 9
    private(set) var skipped: String?
    private(set) var sentence = ""

    init(martlet: String) { self.martlet = martlet }

    mutating func measure() {
        do {
            let sleepers = Sleepers()
            let user = NSUserName()
            let arguments = sleepers.arguments(0).map { "\"\($0)\"" }.joined(separator: ", ")
            let job = """
                apiVersion: martlet/v1
                kind: Job
                metadata: {name: web}
                spec:
                  update: {minHealthyTime: 1ms}
                  restart: {attempts: 1000, interval: 1h, delay: 1ms}
                  task: {command: /bin/sleep, args: [\(arguments)], user: \(user), ports: {http: {}}}
                ---
                apiVersion: martlet/v1
                kind: Service
                metadata: {name: web}
                spec: {job: web, port: http}

                """
            let file = GitHistory.File(path: "web.yaml", text: job)
            let place = try Workplace(
                martlet: martlet, allow: ", users: [\(user)]",
                rest: """
                    engines:
                      supervisor: {type: supervisor, users: [\(user)]}
                      registry: {type: registry}
                    """
            ) { try GitHistory([file], changed: file).write(to: $0) }
            var runFolder: URL?
            defer { place.remove(runFolder) }
            let controller = try place.start()
            let times = Result { try follow(place, controller.process, sleepers, &runFolder) }
            kill(controller.process, SIGTERM)
            _ = try controller.wait()
            let (fromDeath, fromStart) = try times.get()
            sentence =
                "An instance that comes back on another port is in the catalog \(fromDeath.median.seconds) after its "
                + "death and \(fromStart.median.seconds) after its new process is there (medians of \(moves))."
        } catch { skipped = "moves: \(error)" }
    }

    private func follow(
        _ place: Workplace, _ process: pid_t, _ sleepers: Sleepers, _ runFolder: inout URL?
    ) throws -> (fromDeath: [Double], fromStart: [Double]) {
        _ = try place.scrape(process, within: 60) { $0.loads == 1 && $0.isAtRest }
        try place.push(GitHistory.base)
        try place.sync()
        defer {
            // The job goes with the last word.
            try? place.push(GitHistory.empty)
            try? place.sync()
            try? sleepers.wait(for: 0, within: 60)
        }
        _ = try place.scrape(process, within: 60) { $0.isAtRest && $0.resources("ready") == 2 }
        runFolder = sleepers.runFolder
        var (fromDeath, fromStart): ([Double], [Double]) = ([], [])
        for _ in 0..<moves {
            usleep(500_000)
            guard let port = try port(place), let sleeper = sleepers.all.first else {
                throw BenchError("the service lists nothing")
            }
            let holder = try Self.hold(port)
            defer { close(holder) }
            let died = ContinuousClock.now
            kill(sleeper.process, SIGKILL)
            var started: ContinuousClock.Instant?
            while true {
                if started == nil, sleepers.all.contains(where: { $0.process != sleeper.process }) {
                    started = .now
                }
                if let next = try self.port(place), next != port { break }
                guard ContinuousClock.now - died < .seconds(60) else {
                    throw BenchError("the service stays where it was")
                }
                usleep(500)
            }
            fromDeath.append((ContinuousClock.now - died) / .seconds(1))
            fromStart.append(started.map { (ContinuousClock.now - $0) / .seconds(1) } ?? 0)
        }
        return (fromDeath, fromStart)
    }

    private func port(_ place: Workplace) throws -> Int? {
        let text = Scrape.ask("GET", "/v1/catalog/services/shop/web", socket: place.socket) ?? ""
        let answer = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        return (answer?["endpoints"] as? [[String: Any]])?.first?["port"] as? Int
    }

    private static func hold(_ port: Int) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isBound, listen(descriptor, 1) == 0 else { throw BenchError("port \(port) can't be held") }
        return descriptor
    }
}

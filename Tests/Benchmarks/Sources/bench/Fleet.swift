import Foundation

/// Made-up manifests of services and jobs, one to a file, folders of 500.
enum Fleet {
    /// Services of fixed addresses on this machine.
    /// - Parameter checks: whether each address is asked by HTTP every 10 s.
    static func services(at ports: [Int], checks: Bool) -> GitHistory {
        func file(_ index: Int, tag: String) -> GitHistory.File {
            GitHistory.File(
                path: path("service", index),
                text: """
                    apiVersion: martlet/v1
                    kind: Service
                    metadata: {name: \(name("service", index))}
                    spec:
                      addresses: ["127.0.0.1:\(ports[index])"]
                      tags: [\(tag)]
                      checks: [\(checks ? "{http: /healthz, interval: 10s}" : "")]

                    """)
        }
        return GitHistory(ports.indices.map { file($0, tag: "first") }, changed: file(0, tag: "second"))
    }

    /// Service jobs of one instance each, started again at once when it dies.
    static func jobs(_ sleepers: Sleepers, count: Int, user: String) -> GitHistory {
        func file(_ index: Int, version: Int) -> GitHistory.File {
            let arguments = sleepers.arguments(index, version: version).map { "\"\($0)\"" }
            return GitHistory.File(
                path: path("job", index),
                text: """
                    apiVersion: martlet/v1
                    kind: Job
                    metadata: {name: \(name("job", index))}
                    spec:
                      killTimeout: 1s
                      update: {minHealthyTime: 1ms}
                      restart: {attempts: 1000, interval: 1h, delay: 1ms}
                      task: {command: /bin/sleep, args: [\(arguments.joined(separator: ", "))], user: \(user)}

                    """)
        }
        return GitHistory((0..<count).map { file($0, version: 1) }, changed: file(0, version: 2))
    }

    private static func name(_ kind: String, _ index: Int) -> String { "\(kind)-\(index)" }
    private static func path(_ kind: String, _ index: Int) -> String {
        "part-\(index / 500)/\(name(kind, index)).yaml"
    }
}

import Crypto
import Foundation

/// The one folder in which everything happens.
struct Workplace: Sendable {
    /// Absolute, without symlinks.
    let folder: String
    let catalogPort: Int
    /// What the controller may write under.
    var machine: String { "\(folder)/machine" }
    var checkout: String { "\(folder)/shop" }
    var state: String { "\(folder)/state" }
    var log: String { "\(folder)/controller.log" }

    /// Where instances are kept in memory: `docs/jobs-and-services.md` says how the folder is called.
    var runFolders: [String] {
        let name = SHA256.hash(data: Data(state.utf8)).prefix(5).map {
            String(UInt16($0) + 0x100, radix: 16).dropFirst()
        }.joined()
        let runtime = ProcessInfo.processInfo.environment["XDG_RUNTIME_DIR"].map { "\($0)/martlet" }
        return ["/run/martlet", "/dev/shm/martlet-\(geteuid())", runtime].compactMap(\.self).map {
            "\($0)/\(name)"
        }
    }

    /// Removed at the end with all that still runs in it, unless all went well and it is to be kept.
    static func temporary(
        keeping isKept: Bool, _ body: @escaping @Sendable (Workplace) async throws -> Void
    ) async throws {
        let place = Workplace(folder: try make(), catalogPort: try FreePort.find())
        do { try await body(place) } catch {
            place.remove()
            throw error
        }
        if !isKept { place.remove() }
    }
    private func remove() {
        Processes.end(of: folder)
        for path in runFolders + [folder] { try? FileManager.default.removeItem(atPath: path) }
    }

    /// A socket's path may have 107 bytes, so a long TMPDIR is not used.
    private static func make() throws(Failure) -> String {
        let wanted = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        let parents = wanted.hasPrefix("/") && wanted.utf8.count <= 60 ? [wanted, "/tmp"] : ["/tmp"]
        for parent in parents {
            guard let real = realpath(parent, nil) else { continue }
            defer { free(real) }
            var template = Array("\(String(cString: real))/martlet-demo.XXXXXX".utf8CString)
            guard mkdtemp(&template) != nil else { continue }
            return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        throw Failure("no folder can be made under '\(parents[0])': \(String(cString: strerror(errno)))")
    }

    /// `port` is the webhook's; nil for no webhook.
    func configuration(webhook port: Int?, programs: String) -> String {
        let user = Self.user
        return """
            name: demo
            state: state
            catalog: 127.0.0.1:\(catalogPort)
            repositories:
              shop: {url: shop.git, interval: 1s}         # a forge would call a webhook
            sources:
              shop:
                repository: shop
                variables:
                  {root: \(machine), env: demo, user: "\(user)",
                   programs: \(programs)}
                allow:                                    # nothing else may be touched
                  roots: [\(machine)]
                  secrets: [shop/**]
                  users: ["\(user)"]
            engines:
              host: {type: host}
              sealed: {type: sealed}
              registry: {type: registry}
              supervisor: {type: supervisor, users: ["\(user)"], commands: [\(programs)]}

            """
                + (port.map {
                    """
                    webhooks:
                      sink:
                        url: http://127.0.0.1:\($0)/martlet
                        secrets: [{file: webhook.secret}]

                    """
                } ?? "")
    }

    /// By name, where the demo's own user has one.
    private static var user: String {
        getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) } ?? "\(geteuid())"
    }

    func write(_ text: String, to name: String, mode: mode_t = 0o644) throws(Failure) {
        let path = "\(folder)/\(name)"
        guard
            FileManager.default.createFile(
                atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: Int(mode)])
        else { throw Failure("'\(path)' can't be written") }
    }
}

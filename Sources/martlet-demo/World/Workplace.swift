import Foundation

/// The one folder in which everything happens.
struct Workplace: Sendable {
    /// Absolute, without symlinks.
    let folder: String
    /// What the controller may write under.
    var machine: String { "\(folder)/machine" }
    var checkout: String { "\(folder)/shop" }
    var state: String { "\(folder)/state" }
    var log: String { "\(folder)/controller.log" }

    /// Removed at the end, unless all went well and it is to be kept.
    static func temporary(
        keeping isKept: Bool, _ body: @escaping @Sendable (Workplace) async throws -> Void
    ) async throws {
        let place = Workplace(folder: try make())
        do { try await body(place) } catch {
            try? FileManager.default.removeItem(atPath: place.folder)
            throw error
        }
        if !isKept { try FileManager.default.removeItem(atPath: place.folder) }
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
    func configuration(webhook port: Int?) -> String {
        """
        name: demo
        state: state
        repositories:
          shop: {url: shop.git, interval: 1s}         # a forge would call a webhook
        sources:
          shop:
            repository: shop
            variables: {root: \(machine), env: demo}
            allow:                                    # nothing else may be touched
              roots: [\(machine)]
              secrets: [shop/**]

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

    func write(_ text: String, to name: String, mode: mode_t = 0o644) throws(Failure) {
        let path = "\(folder)/\(name)"
        guard
            FileManager.default.createFile(
                atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: Int(mode)])
        else { throw Failure("'\(path)' can't be written") }
    }
}

import Foundation

/// The file of a unix socket. The server binds in a folder of its own, which nobody else can enter, so that
/// nobody can connect before the file's mode is set; the file is then moved to its place at once.
struct SocketFile: Sendable {
    static let maxPathBytes = 107

    let path: String
    private let folder: String
    /// Where to bind.
    var temporary: String { folder + "/s" }

    /// Refuses a socket that a living process answers on; a dead one's is replaced later.
    init(path: String) throws(ServerError) {
        self.path = path
        let parent = (path as NSString).deletingLastPathComponent
        let template = (parent.isEmpty ? "." : parent) + "/.XXXXXX"
        let longest = max(path.utf8.count, template.utf8.count + 2)
        guard longest <= Self.maxPathBytes else {
            throw .socket(
                path, "path has \(path.utf8.count) bytes, and the system allows \(Self.maxPathBytes)",
                hint: "choose a shorter folder")
        }
        try Self.checkFree(path)
        var name = Array(template.utf8CString)
        guard mkdtemp(&name) != nil else {
            throw .socket(path, ServerError.describing(errno), hint: "its folder must exist and be writable")
        }
        folder = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Gives the bound socket its mode and its place.
    func publish() throws(ServerError) {
        guard chmod(temporary, 0o600) == 0, rename(temporary, path) == 0 else {
            throw .socket(path, ServerError.describing(errno))
        }
        rmdir(folder)
    }
    /// What was never published.
    func discard() {
        unlink(temporary)
        rmdir(folder)
    }
    /// Takes the file away, unless another process has put its own there.
    func remove(_ identity: Identity?) {
        if let identity, Identity(path) == identity { unlink(path) }
    }

    /// Which file it is, whatever its name.
    struct Identity: Hashable, Sendable {
        var volume: Int
        var number: Int
        var isSocket: Bool

        init?(_ path: String) {
            guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
                let volume = attributes[.systemNumber] as? NSNumber,
                let number = attributes[.systemFileNumber] as? NSNumber
            else { return nil }
            (self.volume, self.number) = (volume.intValue, number.intValue)
            isSocket = attributes[.type] as? FileAttributeType == .typeSocket
        }
    }

    private static func checkFree(_ path: String) throws(ServerError) {
        guard let file = Identity(path) else { return }
        guard file.isSocket else {
            throw .socket(path, "a file that is no socket stands there")
        }
        guard !isAnswered(path) else {
            throw .socket(
                path, "another process answers on it", hint: "a controller runs already: end it first")
        }
    }

    private static func isAnswered(_ path: String) -> Bool {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { bytes in
            for (index, byte) in path.utf8.enumerated() where index < bytes.count - 1 { bytes[index] = byte }
        }
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, length) }
        }
        // A full queue, or a lack of permission, is a living process too.
        return status == 0 || errno != ECONNREFUSED
    }
}

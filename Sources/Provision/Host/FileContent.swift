import CHost
import Glibc
import Model

/// A file's content, secrets joined: bytes that nothing describes.
final class FileContent: Sendable {
    private let bytes: [UInt8]

    /// Reads each secret now, at the last moment.
    init(_ content: Value, _ secrets: SecretSource) async throws(EngineError) {
        var bytes: [UInt8] = []
        switch content {
        case .secret(let handle): try await bytes.append(handle, secrets)
        case .text(let parts):
            for part in parts {
                switch part {
                case .literal(let text): bytes.append(contentsOf: text.utf8)
                case .secret(let handle): try await bytes.append(handle, secrets)
                case .unknown, .local: throw EngineError(.retry, "the content is not known yet")
                }
            }
        default: bytes.append(contentsOf: (content.string ?? "").utf8)
        }
        self.bytes = bytes
    }

    /// Zero, or `errno`.
    func write(to file: Descriptor) -> Int32 {
        bytes.withUnsafeBytes { rest in
            var rest = rest[...]
            while !rest.isEmpty {
                let count = Glibc.write(
                    file.number, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return count < 0 ? errno : ENOSPC }
                rest = rest.dropFirst(count)
            }
            return 0
        }
    }
    func digest<T>(_ body: ([UInt8]) -> T) -> T { body(bytes) }
}

extension [UInt8] {
    fileprivate mutating func append(_ handle: SecretHandle, _ secrets: SecretSource)
        async throws(EngineError)
    {
        guard let value = try await secrets.read(handle) else {
            throw EngineError(.retry, "secret \(handle.source) can't be read yet")
        }
        append(contentsOf: value.withBytes { $0 })
    }
}

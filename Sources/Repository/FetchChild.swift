import ChildProcess
import Foundation
import Glibc

/// The program that fetches: our own binary again, because libgit2 1.5 has no network timeouts, and only a
/// process can be ended at any moment.
package struct FetchChild: Hashable, Sendable {
    package static let argument = "fetch-child"
    /// Absolute.
    package var executable: String
    package var arguments: [String]

    package init(_ executable: String, _ arguments: [String] = [argument]) {
        (self.executable, self.arguments) = (executable, arguments)
    }

    /// The running program; found also after its file was replaced.
    package static let ownBinary = FetchChild("/proc/self/exe")
}

/// What the child is told, on its standard input.
struct FetchOrder: Sendable, Codable {
    /// The mirror's, or that of one request beside it.
    var folder: String
    var remote: Remote
    /// Of a request: the mirror whose objects need not be fetched once more.
    var mirror: String?
}

extension FetchChild {
    /// The child's whole life: one order in, events out. Returns the exit code.
    package static func run() -> Int32 {
        let order: FetchOrder
        do {
            order = try JSONDecoder().decode(
                FetchOrder.self, from: FileHandle.standardInput.readDataToEndOfFile())
        } catch {
            let hint = "it is started by martlet itself"
            say(.failed(GitError(.settings, "fetch", "standard input holds no order", hint: hint)))
            return 1
        }
        do throws(GitError) {
            say(.done(try FetchSession.run(order, say)))
            return 0
        } catch {
            say(.failed(error))
            return 1
        }
    }

    /// Whole lines only: the parent may end this process at any moment.
    private static func say(_ event: FetchEvent) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        guard let line = try? encoder.encode(event) + Data("\n".utf8) else { return }
        line.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = write(1, rest.baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { exit(1) }
                rest = rest.dropFirst(count)
            }
        }
    }
}

extension Slice<UnsafeRawBufferPointer> {
    fileprivate var baseAddress: UnsafeRawPointer? { UnsafeRawBufferPointer(rebasing: self).baseAddress }
}

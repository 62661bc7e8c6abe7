import Crypto
import Foundation
import Model

/// A checksum of a package, as Terraform's lock files write it.
package struct PackageHash: Hashable, Sendable, Comparable, CustomStringConvertible {
    package enum Scheme: String, Sendable {
        /// SHA-256 of the archive, in hex.
        case archive = "zh"
        /// Go's dirhash `Hash1` of the unpacked files, in base64: archives that unpack to the same have the same.
        case files = "h1"
    }
    package let scheme: Scheme
    /// The digest's 32 bytes.
    let digest: [UInt8]

    init(_ scheme: Scheme, _ digest: some Sequence<UInt8>) {
        (self.scheme, self.digest) = (scheme, Array(digest))
    }

    /// `zh:` and 64 hex digits, or `h1:` and base64.
    package init(_ text: String) throws(PackageError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        var digest: [UInt8]?
        let scheme = Scheme(rawValue: String(parts[0]))
        if parts.count == 2 {
            switch scheme {
            case .archive: digest = [UInt8](hex: parts[1].utf8)
            case .files: digest = Data(base64Encoded: String(parts[1])).map(Array.init)
            case nil: break
            }
        }
        guard let scheme, let digest, digest.count == SHA256.byteCount else {
            throw PackageError(
                "'\(text.escapedForDisplay)' is no checksum of a package",
                hint: "write h1:… or zh:…, as 'martlet providers lock' does")
        }
        self.init(scheme, digest)
    }

    /// In hex, fit for a file's name.
    package var hex: String { digest.hex }
    package var description: String {
        switch scheme {
        case .archive: "zh:\(hex)"
        case .files: "h1:\(Data(digest).base64EncodedString())"
        }
    }
    package static func < (one: PackageHash, other: PackageHash) -> Bool {
        one.description < other.description
    }
}

extension PackageHash {
    /// Of files by their path in the package, with forward slashes, and the SHA-256 of each.
    static func files(_ files: [String: [UInt8]]) throws(PackageError) -> PackageHash {
        var whole = SHA256()
        // Go compares strings by their bytes.
        let sorted = files.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        for (path, digest) in sorted {
            if path.contains("\n") {
                throw PackageError("the package has a file whose name has a line end in it")
            }
            whole.update(data: Array("\(digest.hex)  \(path)\n".utf8))
        }
        return PackageHash(.files, whole.finalize())
    }
}

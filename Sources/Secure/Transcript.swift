import Foundation

/// Bytes to authenticate: each part with its length before it, so that no two lists of parts are the same bytes.
struct Transcript {
    private(set) var bytes: Data

    /// `purpose` keeps what is authenticated for one use from serving another.
    init(_ purpose: String) {
        bytes = Data()
        append(purpose)
    }

    mutating func append(_ part: Data) {
        withUnsafeBytes(of: UInt64(part.count).bigEndian) { bytes.append(contentsOf: $0) }
        bytes.append(part)
    }
    mutating func append(_ text: String) { append(Data(text.utf8)) }
    mutating func append(_ number: Int) { append(String(number)) }
}

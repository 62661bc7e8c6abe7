/// A commit object, cut into its signature and what that was made over. Only its header is looked at, as git does: a
/// message may hold anything.
struct SignedObject {
    /// Nil for a commit that is not signed.
    private(set) var signature: String?
    private(set) var payload: [UInt8] = []

    init(commit bytes: UnsafeRawBufferPointer) throws(SignatureFlaw) {
        var (rest, lines, isSignature, isLeftOut) = (bytes[...], [UInt8](), false, false)
        while let first = rest.first, first != UInt8(ascii: "\n") {
            let end = rest.firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? rest.endIndex
            let line = rest[..<end]
            rest = rest[end...]
            if first != UInt8(ascii: " ") {
                isSignature = line.starts(with: Array("gpgsig ".utf8))
                // Of the same commit under another hash: not signed either.
                isLeftOut = isSignature || line.starts(with: Array("gpgsig-sha256 ".utf8))
                if isSignature, !lines.isEmpty { throw SignatureFlaw("it has more than one signature") }
            }
            if isSignature { lines += line.dropFirst(first == UInt8(ascii: " ") ? 1 : 7) }
            if !isLeftOut { payload += line }
        }
        payload += rest
        guard lines.count <= 1 << 16 else { throw SignatureFlaw("its signature has \(lines.count) bytes") }
        guard !lines.isEmpty else { return }
        guard let text = String(validating: lines, as: UTF8.self) else {
            throw SignatureFlaw("its signature is no text")
        }
        signature = text
    }
}

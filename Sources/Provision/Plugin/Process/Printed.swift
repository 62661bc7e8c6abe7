import Synchronization

/// What a Go plugin prints, as it comes in `plugin.StdioData`: a channel, and bytes that end anywhere.
final class Printed: Sendable {
    private let concealed: Concealed
    private let log: @Sendable (PluginLogLine) -> Void
    /// By the channel's number; each is the beginning of a line, or nil where the line is too long already.
    private let rests = Mutex<[UInt64: [UInt8]?]>([:])

    init(_ concealed: Concealed, _ log: @escaping @Sendable (PluginLogLine) -> Void) {
        (self.concealed, self.log) = (concealed, log)
    }

    func take(_ message: [UInt8]) {
        var (channel, data) = (UInt64(0), ArraySlice<UInt8>())
        do throws(WireError) {
            try WireReader.each(of: message[...]) { field throws(WireError) in
                switch field.number {
                case 1: channel = try field.value()
                case 2: data = try field.slice()
                default: break
                }
            }
        } catch { return }
        let lines = rests.withLock { rests in
            let before = rests.removeValue(forKey: channel) ?? []
            var lines = ((before ?? []) + data).split(
                separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            let rest = lines.removeLast()
            let isCut = before == nil && lines.isEmpty || rest.count >= Self.longest
            rests.updateValue(isCut ? nil : Array(rest), forKey: channel)
            return lines.dropFirst(before == nil ? 1 : 0).map { Array($0) }
        }
        lines.forEach(write)
    }

    func end() {
        let rests = rests.withLock { rests in
            defer { rests = [:] }
            return rests.sorted { $0.key < $1.key }.compactMap(\.value)
        }
        rests.forEach(write)
    }

    private func write(_ line: [UInt8]) {
        let line = PluginLogLine(String(decoding: line, as: UTF8.self), hiding: concealed)
        if let line { log(line) }
    }

    /// A line that has not ended by then is dropped, to its end: a secret may lie across the cut.
    private static let longest = 1 << 18
}

/// What a child writes, in pieces as they come. Read by one task at a time; a child whose output nobody reads
/// stops when the pipe is full. In a cancelled task it ends after what is there already.
package struct Output: AsyncSequence, Sendable {
    private let descriptor: Descriptor
    private let activity: Activity

    init(_ descriptor: Descriptor, _ activity: Activity) {
        (self.descriptor, self.activity) = (descriptor, activity)
    }

    package func makeAsyncIterator() -> Iterator { Iterator(descriptor: descriptor, activity: activity) }

    package struct Iterator: AsyncIteratorProtocol {
        let descriptor: Descriptor
        let activity: Activity

        package mutating func next() async -> [UInt8]? { await next(isolation: nil) }

        package mutating func next(isolation actor: isolated (any Actor)?) async -> [UInt8]? {
            while true {
                if let bytes = descriptor.readAvailable(atMost: 1 << 16) {
                    activity.note()
                    return bytes.isEmpty ? nil : bytes
                }
                guard await descriptor.waitUntilReadable() else {
                    return descriptor.readAvailable(atMost: 1 << 16).flatMap { $0.isEmpty ? nil : $0 }
                }
            }
        }
    }
}

extension Output {
    /// Everything up to the end, of which no more than `count` bytes are kept.
    package func collect(atMost count: Int) async -> [UInt8] {
        var all: [UInt8] = []
        for await bytes in self { all += bytes.prefix(count - all.count) }
        return all
    }

    /// Lines without their ends; one that is longer than `longest` bytes comes in pieces.
    package func lines(longest: Int = 1 << 16) -> Lines { Lines(output: self, longest: longest) }

    package struct Lines: AsyncSequence, Sendable {
        let output: Output
        let longest: Int

        package func makeAsyncIterator() -> Iterator {
            Iterator(pieces: output.makeAsyncIterator(), longest: longest)
        }

        package struct Iterator: AsyncIteratorProtocol {
            var pieces: Output.Iterator
            let longest: Int
            /// Read, and not given yet, from `start` on; no line ends before `searched`.
            private var rest: [UInt8] = []
            private var (start, searched) = (0, 0)
            private var isAtEnd = false

            init(pieces: Output.Iterator, longest: Int) { (self.pieces, self.longest) = (pieces, longest) }

            package mutating func next() async -> [UInt8]? { await next(isolation: nil) }

            package mutating func next(isolation actor: isolated (any Actor)?) async -> [UInt8]? {
                while true {
                    if let end = rest[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                        return take(to: end, skipping: 1)
                    }
                    searched = rest.count
                    if rest.count - start >= longest { return take(to: start + longest, skipping: 0) }
                    if isAtEnd { return start < rest.count ? take(to: rest.count, skipping: 0) : nil }
                    rest.removeFirst(start)
                    (start, searched) = (0, rest.count)
                    if let piece = await pieces.next(isolation: actor) {
                        rest += piece
                    } else {
                        isAtEnd = true
                    }
                }
            }

            private mutating func take(to end: Int, skipping count: Int) -> [UInt8] {
                defer { (start, searched) = (end + count, end + count) }
                return Array(rest[start..<end])
            }
        }
    }
}

import CYAML
import Glibc
import Model

extension Tree {
    /// Reads every document of a file. What stood before a problem is kept, so that its problems are told too.
    static func read(_ bytes: UnsafeRawBufferPointer, limits: ReadingLimits) -> (
        tree: Tree, problem: Problem?
    ) {
        if let problem = Encoding.check(bytes) { return (Tree(), problem) }
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return (Tree(), nil) }
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        defer { parser.deallocate() }
        guard yaml_parser_initialize(parser) == 1 else {
            return (Tree(), Problem(.start, "not enough memory to read it"))
        }
        defer { yaml_parser_delete(parser) }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, base.assumingMemoryBound(to: UInt8.self), bytes.count)
        var builder = TreeBuilder(capacity: bytes.count, limits: limits)
        let problem = builder.takeAll(of: parser, bytes)
        if parser.pointee.isAtSurrogate, let joined = JSONText.joiningSurrogates(bytes) {
            return joined.withUnsafeBytes { read($0, limits: limits) }
        }
        return (builder.tree, problem)
    }
}

extension TreeBuilder {
    /// Until the end of the stream, or a problem: then the document it stands in is left out.
    fileprivate mutating func takeAll(
        of parser: UnsafeMutablePointer<yaml_parser_t>, _ bytes: UnsafeRawBufferPointer
    ) -> Problem? {
        var event = yaml_event_t()
        while true {
            guard yaml_parser_parse(parser, &event) == 1 else {
                dropOpenDocument()
                return Problem(parser.pointee, in: bytes)
            }
            defer { yaml_event_delete(&event) }
            if event.type == YAML_STREAM_END_EVENT { return nil }
            do {
                try take(event)
            } catch {
                dropOpenDocument()
                return error
            }
        }
    }
}

extension yaml_parser_t {
    /// Whether it stopped at an escape of something that is no character by itself.
    fileprivate var isAtSurrogate: Bool {
        problem.map { strcmp($0, "found invalid Unicode character escape code") == 0 } ?? false
    }
}

extension Problem {
    /// libyaml's own words, at the start of what it was reading: `a: [1, 2` is wrong at 1:4, not at the end.
    fileprivate init(_ parser: borrowing yaml_parser_t, in bytes: UnsafeRawBufferPointer) {
        let problem = parser.problem.map { String(cString: $0) } ?? "not enough memory to read it"
        if parser.error == YAML_READER_ERROR {
            self.init(
                Place(offset: parser.problem_offset, in: bytes), "the file is no UTF-8 text: \(problem)")
            return
        }
        guard let context = parser.context else {
            self.init(Place(parser.problem_mark), problem)
            return
        }
        let words = "\(problem) \(String(cString: context))"
        let (noticed, began) = (parser.problem_mark, parser.context_mark)
        // Some contexts have no mark of their own.
        if began.index == 0 && began.line == 0 && noticed.line == 0 {
            self.init(Place(began.index == noticed.index ? noticed : began), words)
            return
        }
        let isAtEnd = noticed.index >= bytes.count { $0 & 0xC0 != 0x80 }
        self.init(
            Place(began), words,
            hint: noticed.line == began.line || isAtEnd ? nil : "it was noticed at \(Place(noticed))")
    }
}

/// What is no text that YAML may be written in.
enum Encoding {
    static func check(_ bytes: UnsafeRawBufferPointer) -> Problem? {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            return Problem(
                .start, "the file begins with a byte order mark", hint: "save it as UTF-8 without one")
        }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            return Problem(.start, "the file is UTF-16", hint: "save it as UTF-8")
        }
        guard let zero = bytes.offset(of: 0) else { return nil }
        return Problem(
            Place(offset: zero, in: bytes), "the file is no text: it holds a NUL byte",
            hint: "save it as UTF-8")
    }
}

extension Place {
    /// The place of a byte.
    init(offset: Int, in bytes: UnsafeRawBufferPointer) {
        self = .start
        for byte in bytes.prefix(offset) {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
    }
}

extension UnsafeRawBufferPointer {
    /// Of the first such byte, by the C library: it looks at many bytes at once.
    func offset(of byte: UInt8) -> Int? {
        guard let start = baseAddress, let found = memchr(start, Int32(byte), count) else { return nil }
        return UnsafeRawPointer(found) - start
    }
}

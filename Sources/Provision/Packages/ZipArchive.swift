import CZlib
import Foundation
import Glibc
import Model

/// A zip archive, read as far as packages of providers need it: stored and deflated files, none of them encrypted, in
/// one part below 4 GiB (PKWARE's APPNOTE.TXT 6.3.10). Whatever is in it was written by somebody else.
struct ZipArchive {
    struct Entry: Sendable {
        /// With forward slashes, below the archive's root.
        var path: String
        var isExecutable: Bool
        fileprivate var isDeflated: Bool
        fileprivate var checksum: UInt32
        fileprivate var packedSize: Int
        var size: Int
        fileprivate var offset: Int
    }
    /// More than any provider has.
    static let mostEntries = 10_000
    static let largest = 4 << 30

    private let file: ReadFile
    /// Files only, by path.
    let entries: [Entry]

    init(_ path: String) throws(PackageError) {
        file = try ReadFile(path)
        entries = try Self.entries(file)
    }

    private static func entries(_ file: ReadFile) throws(PackageError) -> [Entry] {
        let end = try endRecord(file)
        guard end.word(4) == 0, end.word(6) == 0, end.word(8) == end.word(10) else {
            throw file.damaged("it is one of several parts")
        }
        let (count, size, offset) = (end.word(10), end.long(12), end.long(16))
        guard count < 0xffff, size < 0xffff_ffff, offset < 0xffff_ffff else {
            throw file.damaged("it is larger than 4 GiB")
        }
        guard count <= mostEntries else { throw file.damaged("it has more than \(mostEntries) files") }
        var directory = try file.read(at: offset, count: size)[...]
        var (entries, seen, total): ([Entry], Set<String>, Int) = ([], [], 0)
        for _ in 0..<count {
            guard let (entry, length) = try entry(directory, file) else {
                throw file.damaged("it is cut short")
            }
            directory = directory.dropFirst(length)
            guard let entry else { continue }
            guard seen.insert(entry.path).inserted else { throw file.damaged("it has one file twice") }
            total += entry.size
            guard total <= largest else { throw file.damaged("it unpacks to more than 4 GiB") }
            entries.append(entry)
        }
        return entries.sorted { $0.path < $1.path }
    }

    /// The last record, which stands before a comment of any length.
    private static func endRecord(_ file: ReadFile) throws(PackageError) -> [UInt8] {
        let count = min(file.size, 22 + 0xffff)
        let tail = try file.read(at: file.size - count, count: count)
        var start = tail.count - 22
        while start >= 0 {
            let record = Array(tail[start...])
            if record.long(0) == 0x0605_4b50, 22 + record.word(20) <= record.count { return record }
            start -= 1
        }
        throw file.damaged("it is no zip archive")
    }

    /// Nil where the record is cut short; no entry for a folder.
    private static func entry(
        _ bytes: ArraySlice<UInt8>, _ file: ReadFile
    ) throws(PackageError) -> (Entry?, Int)? {
        guard bytes.count >= 46 else { return nil }
        let record = Array(bytes.prefix(46))
        let (name, extra, comment) = (record.word(28), record.word(30), record.word(32))
        let length = 46 + name + extra + comment
        guard record.long(0) == 0x0201_4b50, bytes.count >= length else { return nil }
        guard let path = String(validating: bytes.dropFirst(46).prefix(name), as: UTF8.self) else {
            throw file.damaged("a file's name is no UTF-8")
        }
        let isUnix = record.word(4) >> 8 == 3
        let mode = isUnix ? record.long(38) >> 16 : 0
        if path.hasSuffix("/") { return (nil, length) }
        guard path.isBelow else {
            throw file.damaged("'\(path.escapedForDisplay)' would be written outside of it")
        }
        guard mode & 0o170000 == 0 || mode & 0o170000 == 0o100000 else {
            throw file.damaged("'\(path.escapedForDisplay)' is no plain file")
        }
        guard record.word(8) & 1 == 0 else { throw file.damaged("it is encrypted") }
        guard [0, 8].contains(record.word(10)) else {
            throw file.damaged("'\(path.escapedForDisplay)' is packed in another way than deflate")
        }
        return (
            Entry(
                path: path, isExecutable: mode & 0o111 != 0, isDeflated: record.word(10) == 8,
                checksum: UInt32(truncatingIfNeeded: record.long(16)), packedSize: record.long(20),
                size: record.long(24), offset: record.long(42)), length
        )
    }

    /// Gives the file's bytes in order, and nothing that differs from what the archive says of them.
    func unpack(_ entry: Entry, _ take: ([UInt8]) throws(PackageError) -> Void) throws(PackageError) {
        let header = try file.read(at: entry.offset, count: 30)
        guard header.long(0) == 0x0403_4b50 else { throw file.damaged("it is cut short") }
        let start = entry.offset + 30 + header.word(26) + header.word(28)
        var (checksum, count) = (crc32(0, nil, 0), 0)
        func pass(_ bytes: [UInt8]) throws(PackageError) {
            count += bytes.count
            guard count <= entry.size else { throw damaged(entry) }
            checksum = crc32(checksum, bytes, UInt32(bytes.count))
            try take(bytes)
        }
        if entry.isDeflated { try inflate(entry, at: start, pass) } else { try copy(entry, at: start, pass) }
        guard count == entry.size, UInt32(truncatingIfNeeded: checksum) == entry.checksum else {
            throw damaged(entry)
        }
    }

    private static let chunk = 256 << 10

    private func copy(
        _ entry: Entry, at start: Int, _ pass: ([UInt8]) throws(PackageError) -> Void
    ) throws(PackageError) {
        var done = 0
        while done < entry.packedSize {
            let bytes = try file.read(at: start + done, count: min(Self.chunk, entry.packedSize - done))
            done += bytes.count
            try pass(bytes)
        }
    }

    private func inflate(
        _ entry: Entry, at start: Int, _ pass: ([UInt8]) throws(PackageError) -> Void
    ) throws(PackageError) {
        var stream = z_stream()
        guard martlet_inflate_raw(&stream) == Z_OK else { throw file.damaged("there is no memory for it") }
        defer { inflateEnd(&stream) }
        var (done, status) = (0, Z_OK)
        var output = [UInt8](repeating: 0, count: Self.chunk)
        while status != Z_STREAM_END {
            guard done < entry.packedSize else { throw damaged(entry) }
            var input = try file.read(at: start + done, count: min(Self.chunk, entry.packedSize - done))
            done += input.count
            var (used, isFull) = (0, false)
            repeat {
                var written = 0
                (status, used, written) = Self.turn(&stream, &input, from: used, into: &output)
                guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
                    throw damaged(entry)
                }
                if written > 0 { try pass(Array(output.prefix(written))) }
                isFull = written == output.count
            } while status != Z_STREAM_END && (used < input.count || isFull)
        }
    }

    /// One call of zlib's; how much of the input is used after it, and how much of the output it wrote.
    private static func turn(
        _ stream: inout z_stream, _ input: inout [UInt8], from used: Int, into output: inout [UInt8]
    ) -> (status: Int32, used: Int, written: Int) {
        input.withUnsafeMutableBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                stream.next_in = source.baseAddress.map { $0 + used }
                stream.avail_in = UInt32(source.count - used)
                (stream.next_out, stream.avail_out) = (target.baseAddress, UInt32(target.count))
                let status = CZlib.inflate(&stream, Z_NO_FLUSH)
                return (status, source.count - Int(stream.avail_in), target.count - Int(stream.avail_out))
            }
        }
    }

    private func damaged(_ entry: Entry) -> PackageError {
        file.damaged("'\(entry.path.escapedForDisplay)' is not what the archive says of it")
    }
}

/// A file that is read in places.
final class ReadFile {
    private let descriptor: Int32
    private let path: String
    let size: Int

    init(_ path: String) throws(PackageError) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        self.path = path
        var status = stat()
        let isFile = descriptor >= 0 && fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        size = Int(status.st_size)
        if !isFile { throw PackageError.system("read", path) }
    }
    deinit { if descriptor >= 0 { close(descriptor) } }

    /// All that is asked for: less is an error.
    func read(at offset: Int, count: Int) throws(PackageError) -> [UInt8] {
        guard offset >= 0, count >= 0, offset <= size, count <= size - offset else {
            throw damaged("it is cut short")
        }
        var done = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while done < count {
                let rest = UnsafeMutableRawBufferPointer(
                    rebasing: UnsafeMutableRawBufferPointer(buffer)[done...])
                let got = pread(descriptor, rest.baseAddress, count - done, off_t(offset + done))
                if got < 0, errno == EINTR { continue }
                guard got > 0 else { break }
                done += got
            }
            filled = done
        }
        guard done == count else { throw damaged("it is cut short") }
        return bytes
    }
    func damaged(_ why: String) -> PackageError { PackageError("archive '\(path)' can't be used: \(why)") }
}

extension String {
    /// Whether it stays in the folder that it is taken from.
    var isBelow: Bool {
        !isEmpty && !hasPrefix("/") && !contains("\\") && !utf8.contains(0)
            && split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
                !$0.isEmpty && $0 != "." && $0 != ".."
            }
    }
}

extension [UInt8] {
    /// Two bytes, the lowest first.
    fileprivate func word(_ offset: Int) -> Int { Int(self[offset]) | Int(self[offset + 1]) << 8 }
    fileprivate func long(_ offset: Int) -> Int { word(offset) | word(offset + 2) << 16 }
}

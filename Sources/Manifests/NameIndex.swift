package import Foundation
package import Model

/// Who declares and who names what, in a source without problems: enough to say what a change of a few files breaks,
/// without reading the others. One block of bytes that is read in place; any bytes are taken, and what does not fit
/// together is no index.
package struct NameIndex: Sendable {
    /// A file, by its number.
    package typealias Number = Int

    private let bytes: Data
    private let counts: Counts

    private struct Counts {
        var files = 0, declared = 0, named = 0, text = 0
        var size: Int { 24 + files * Sizes.file + declared * Sizes.declared + named * Sizes.named + text }
    }
    private enum Sizes { static let (file, declared, named) = (28, 20, 12) }
    private static let magic: UInt64 = 0x3178_6469_7472_616d

    package init?(_ bytes: Data) {
        self.bytes = bytes
        guard bytes.count >= 24 else { return nil }
        let head = bytes.withUnsafeBytes { raw in
            (raw.number64(0), [8, 12, 16, 20].map { raw.number(at: $0) })
        }
        guard head.0 == Self.magic else { return nil }
        counts = Counts(files: head.1[0], declared: head.1[1], named: head.1[2], text: head.1[3])
        guard counts.size == bytes.count else { return nil }
    }

    package var fileCount: Int { counts.files }

    /// Its path and the 20 bytes of its blob's id; nil for a number that is none.
    package func file(_ number: Number) -> (path: String, blob: [UInt8])? {
        guard (0..<counts.files).contains(number) else { return nil }
        return bytes.withUnsafeBytes { raw in
            let start = 24 + number * Sizes.file
            return text(raw, at: start).map {
                (String(decoding: $0, as: UTF8.self), Array(raw[(start + 8)..<(start + 28)]))
            }
        }
    }

    /// The file of this path.
    package func number(of path: String) -> Number? {
        bytes.withUnsafeBytes { raw in
            var (low, high) = (0, counts.files)
            while low < high {
                let middle = (low + high) / 2
                guard let found = text(raw, at: 24 + middle * Sizes.file) else { return nil }
                if found.elementsEqual(path.utf8) { return middle }
                if found.lexicographicallyPrecedes(path.utf8) { low = middle + 1 } else { high = middle }
            }
            return nil
        }
    }

    /// Files that may declare this id; by chance one that does not.
    package func declaring(_ id: ResourceID) -> [Number] {
        numbers(of: id.indexHash, 24 + counts.files * Sizes.file, counts.declared, Sizes.declared)
    }
    /// Files that may name this id; by chance one that does not.
    package func naming(_ id: ResourceID) -> [Number] {
        let start = 24 + counts.files * Sizes.file + counts.declared * Sizes.declared
        return numbers(of: id.indexHash, start, counts.named, Sizes.named)
    }

    /// The declared id of the same kind and project whose name is nearest.
    package func nearest(to id: ResourceID) -> Number? {
        let prefix = Array("\(id.kind)/\(id.project)/".utf8)
        var numbers: [String: Number] = [:]
        bytes.withUnsafeBytes { raw in
            for position in 0..<counts.declared {
                let start = 24 + counts.files * Sizes.file + position * Sizes.declared
                guard let text = text(raw, at: start + 12), text.starts(with: prefix) else { continue }
                let name = text.dropFirst(prefix.count).prefix { $0 != UInt8(ascii: "[") }
                numbers[String(decoding: name, as: UTF8.self)] = raw.number(at: start + 8)
            }
        }
        return Suggestion.nearest(to: id.name, among: numbers.keys).flatMap { numbers[$0] }
    }

    private func numbers(of hash: UInt64, _ start: Int, _ count: Int, _ size: Int) -> [Number] {
        bytes.withUnsafeBytes { raw in
            var (low, high) = (0, count)
            while low < high {
                let middle = (low + high) / 2
                if raw.number64(start + middle * size) < hash { low = middle + 1 } else { high = middle }
            }
            var found: [Number] = []
            while low < count, raw.number64(start + low * size) == hash {
                found.append(raw.number(at: start + low * size + 8))
                low += 1
            }
            return found
        }
    }

    private func text(_ raw: UnsafeRawBufferPointer, at place: Int) -> UnsafeRawBufferPointer? {
        let (offset, length) = (raw.number(at: place), raw.number(at: place + 4))
        guard offset + length <= counts.text else { return nil }
        let start = counts.size - counts.text + offset
        return UnsafeRawBufferPointer(rebasing: raw[start..<(start + length)])
    }
}

extension NameIndex {
    /// Of all files of a source; `blob` has 20 bytes.
    package init(_ files: some Sequence<(path: String, blob: [UInt8], file: ParsedFile)>) {
        let files = files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        var (text, table) = (Data(), Data())
        var (declared, named): ([(UInt64, Int, Int, Int)], [(UInt64, Int)]) = ([], [])
        for (number, file) in files.enumerated() {
            table.append(number: text.count)
            table.append(number: file.path.utf8.count)
            table.append(
                contentsOf: file.blob.prefix(20) + Array(repeating: 0, count: max(0, 20 - file.blob.count)))
            text.append(contentsOf: file.path.utf8)
            for id in file.file.declared.uniqued {
                let words = id.description.utf8
                declared.append((id.indexHash, number, text.count, words.count))
                text.append(contentsOf: words)
            }
            for id in file.file.named { named.append((id.indexHash, number)) }
        }
        declared.sort { ($0.0, $0.1) < ($1.0, $1.1) }
        named.sort { ($0.0, $0.1) < ($1.0, $1.1) }
        var all = Data()
        withUnsafeBytes(of: Self.magic.littleEndian) { all.append(contentsOf: $0) }
        for count in [files.count, declared.count, named.count, text.count] { all.append(number: count) }
        all.append(table)
        for entry in declared {
            withUnsafeBytes(of: entry.0.littleEndian) { all.append(contentsOf: $0) }
            for number in [entry.1, entry.2, entry.3] { all.append(number: number) }
        }
        for entry in named {
            withUnsafeBytes(of: entry.0.littleEndian) { all.append(contentsOf: $0) }
            all.append(number: entry.1)
        }
        all.append(text)
        bytes = all
        counts = Counts(files: files.count, declared: declared.count, named: named.count, text: text.count)
    }

    /// As it is kept.
    package var data: Data { bytes }
}

extension ParsedFile {
    /// The ids of its resources.
    package var declared: [ResourceID] { declarations.map(\.manifest.id) }
    /// The ids that they name.
    package var named: Set<ResourceID> { Set(declarations.flatMap { $0.uses.map(\.id) }) }
    /// The ids that they say they had before.
    package var formerNames: [ResourceID] {
        declarations.flatMap { $0.uses.filter { $0.role == .movedFrom }.map(\.id) }
    }
    /// What those who name its resources see of them: their outputs, where the manifest decides these.
    package var outputs: [ResourceID: [String]?] {
        Dictionary(declarations.map { ($0.manifest.id, $0.outputs) }) { first, _ in first }
    }
}

extension ResourceID {
    /// The same in every process (FNV-1a).
    fileprivate var indexHash: UInt64 {
        description.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func number(at offset: Int) -> Int {
        Int(UInt32(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
    }
    fileprivate func number64(_ offset: Int) -> UInt64 {
        UInt64(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}

extension Data {
    fileprivate mutating func append(number: Int) {
        Swift.withUnsafeBytes(of: UInt32(truncatingIfNeeded: number).littleEndian) { append(contentsOf: $0) }
    }
}

import Crypto
import Foundation
import Glibc

/// Brings a package's files into a folder of their own, and says what they are as they are written.
struct Unpacking {
    /// New, and ours alone.
    let folder: String
    private var digests: [String: [UInt8]] = [:]

    init(into folder: String) throws(PackageError) {
        self.folder = folder
        guard mkdir(folder, 0o755) == 0 else { throw PackageError.system("make", folder) }
    }

    static func archive(_ path: String, into folder: String) throws(PackageError) -> PackageHash {
        var unpacking = try Unpacking(into: folder)
        let archive = try ZipArchive(path)
        for entry in archive.entries {
            let isProgram = entry.isExecutable || entry.path.hasPrefix("terraform-provider-")
            try unpacking.add(entry.path, isProgram: isProgram) { (write) throws(PackageError) in
                try archive.unpack(entry, write)
            }
        }
        return try .files(unpacking.digests)
    }

    static func copy(_ source: String, into folder: String) throws(PackageError) -> PackageHash {
        var unpacking = try Unpacking(into: folder)
        for path in try Self.files(in: source) {
            let file = try ReadFile("\(source)/\(path)")
            let isProgram = access("\(source)/\(path)", X_OK) == 0
            try unpacking.add(path, isProgram: isProgram) { (write) throws(PackageError) in
                try file.each(write)
            }
        }
        return try .files(unpacking.digests)
    }

    /// Of what stands in a folder.
    static func hash(of folder: String) throws(PackageError) -> PackageHash {
        var digests: [String: [UInt8]] = [:]
        for path in try files(in: folder) {
            digests[path] = Array(try ReadFile("\(folder)/\(path)").digest())
        }
        return try .files(digests)
    }

    private typealias Writer = ([UInt8]) throws(PackageError) -> Void

    private mutating func add(
        _ path: String, isProgram: Bool, _ fill: (Writer) throws(PackageError) -> Void
    ) throws(PackageError) {
        let parent = ("\(folder)/\(path)" as NSString).deletingLastPathComponent
        do {
            try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        } catch {
            throw PackageError("can't make '\(parent)'")
        }
        let file = try NewFile("\(folder)/\(path)", mode: isProgram ? 0o755 : 0o644)
        var hash = SHA256()
        try fill { bytes throws(PackageError) in
            hash.update(data: bytes)
            try file.write(bytes)
        }
        digests[path] = Array(hash.finalize())
    }

    /// Paths of all files below a folder. A link to a file counts as the file, as Terraform has it; to a folder, as none.
    static func files(in folder: String) throws(PackageError) -> [String] {
        var (files, waiting) = ([String](), [""])
        while let parent = waiting.popLast() {
            let place = parent.isEmpty ? folder : "\(folder)/\(parent)"
            guard let names = try? FileManager.default.contentsOfDirectory(atPath: place) else {
                throw PackageError("folder '\(place)' can't be read")
            }
            for name in names {
                let path = parent.isEmpty ? name : "\(parent)/\(name)"
                var status = stat()
                guard lstat("\(folder)/\(path)", &status) == 0 else {
                    throw PackageError.system("read", "\(folder)/\(path)")
                }
                if status.st_mode & S_IFMT == S_IFDIR { waiting.append(path) } else { files.append(path) }
            }
            guard files.count <= ZipArchive.mostEntries else {
                throw PackageError("folder '\(folder)' has more than \(ZipArchive.mostEntries) files")
            }
        }
        return files.sorted()
    }
}

extension ReadFile {
    /// From start to end, in parts.
    fileprivate func each(_ body: ([UInt8]) throws(PackageError) -> Void) throws(PackageError) {
        var offset = 0
        while offset < size {
            let bytes = try read(at: offset, count: min(1 << 20, size - offset))
            offset += bytes.count
            try body(bytes)
        }
    }
    /// SHA-256 of all of it.
    func digest() throws(PackageError) -> [UInt8] {
        var hash = SHA256()
        try each { bytes throws(PackageError) in hash.update(data: bytes) }
        return Array(hash.finalize())
    }
}

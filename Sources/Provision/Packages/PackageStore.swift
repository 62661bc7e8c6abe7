import Crypto
import Dispatch
import Foundation
import Glibc
import Model

/// Unpacked packages in the controller's own state, each in a folder that its checksum names. Nothing is started from
/// anywhere else, so that nobody can change a program between its check and its start by changing a mirror.
package struct PackageStore: Sendable {
    /// Made where it is missing, for nobody else.
    package let folder: String
    package init(_ folder: String) { self.folder = folder }

    /// A provider's program, checked just now.
    package struct Program: Sendable, Hashable {
        package var provider: ProviderAddress
        package var version: ProviderVersion
        package var hash: PackageHash
        /// The package's folder, and the program in it.
        package var folder: String
        package var path: String
    }

    /// Gets the package that is pinned where it is not here yet, and checks it. Nothing that differs is ever unpacked
    /// under its name.
    package func program(
        of provider: ProviderAddress, _ pin: ProviderLock.Pin, from mirrors: PackageMirrors
    ) async throws(PackageError) -> Program {
        let platform = ProviderPlatform.current
        let hash = try pin.files(of: provider, for: platform)
        let folder = path(of: hash)
        if !FileManager.default.fileExists(atPath: folder) {
            guard let location = try await mirrors.locate(provider, pin.version, platform) else {
                throw Self.missing(provider, pin.version, platform, mirrors)
            }
            let got = try await get(location, from: mirrors, pinned: pin.hashes[platform])
            guard got.files == hash else { throw Self.differs(location) }
        } else {
            try await blocking { () throws(PackageError) in try check(hash) }
        }
        return Program(
            provider: provider, version: pin.version, hash: hash, folder: folder,
            path: try Self.program(of: provider, in: folder))
    }

    /// What a package turned out to be.
    package struct Got: Sendable, Hashable {
        package var files: PackageHash
        /// Of an archive.
        package var archive: PackageHash?
    }

    /// Brings a package here and says what it is.
    /// - Parameter pinned: what it may be; nil where nothing is known of it yet, and it is brought here to be pinned.
    package func get(
        _ location: PackageLocation, from mirrors: PackageMirrors, pinned: [PackageHash]?
    ) async throws(PackageError) -> Got {
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch { throw PackageError("can't make folder '\(folder)'") }
        let work = "\(folder)/.new-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: work) }
        guard mkdir(work, 0o700) == 0 else { throw PackageError.system("make", work) }
        var archive: String?
        var said: [PackageHash] = []
        switch location.form {
        case .folder: break
        case .archive(let path): archive = path
        case .remote(let address, let hashes):
            guard let mirror = mirrors.network(location.mirror) else {
                throw PackageError("mirror \(location.mirror) is configured no more")
            }
            try await mirror.download(address, to: "\(work)/archive.zip")
            (archive, said) = ("\(work)/archive.zip", hashes)
        }
        let (path, promised) = (archive, said)
        return try await blocking { () throws(PackageError) in
            try unpack(location, archive: path, work: work, promised: promised, pinned: pinned)
        }
    }

    private func unpack(
        _ location: PackageLocation, archive: String?, work: String, promised: [PackageHash],
        pinned: [PackageHash]?
    ) throws(PackageError) -> Got {
        var packed: PackageHash?
        if let archive {
            let hash = PackageHash(.archive, try ReadFile(archive).digest())
            packed = hash
            let said = promised.filter { $0.scheme == .archive }
            guard said.isEmpty || said.contains(hash) else { throw Self.broken(location) }
        }
        let files: PackageHash
        if case .folder(let path) = location.form {
            files = try Unpacking.copy(path, into: "\(work)/files")
        } else {
            files = try Unpacking.archive(archive ?? "", into: "\(work)/files")
        }
        let said = promised.filter { $0.scheme == .files }
        guard said.isEmpty || said.contains(files) else { throw Self.broken(location) }
        if let pinned, !pinned.contains(files) { throw Self.differs(location) }
        _ = try Self.program(of: location.provider, in: "\(work)/files")
        try keep("\(work)/files", as: files)
        return Got(files: files, archive: packed)
    }

    private func keep(_ unpacked: String, as hash: PackageHash) throws(PackageError) {
        let place = path(of: hash)
        if rename(unpacked, place) != 0, errno != EEXIST, errno != ENOTEMPTY {
            throw PackageError.system("write", place)
        }
        try check(hash)
    }

    private func path(of hash: PackageHash) -> String { "\(folder)/\(hash.hex)" }

    /// What is here is what its name says. All of it is read when a file differs, in time or size or place, from when
    /// all of it was read last.
    private func check(_ hash: PackageHash) throws(PackageError) {
        let (folder, note) = (path(of: hash), "\(path(of: hash)).checked")
        let seen = try Self.fingerprint(of: folder)
        if let kept = FileManager.default.contents(atPath: note), kept.elementsEqual(seen.utf8) { return }
        guard try Unpacking.hash(of: folder) == hash else {
            throw PackageError(
                "the package in '\(folder)' has been changed since it was unpacked",
                hint: "find out by whom; remove it, and it is got from its mirror again")
        }
        guard FileManager.default.createFile(atPath: note, contents: Data(seen.utf8)) else {
            throw PackageError.system("write", note)
        }
    }

    private static func fingerprint(of folder: String) throws(PackageError) -> String {
        var lines: [String] = []
        for path in try Unpacking.files(in: folder) {
            var status = stat()
            guard lstat("\(folder)/\(path)", &status) == 0 else { throw PackageError.system("read", path) }
            lines.append(
                "\(status.st_dev) \(status.st_ino) \(status.st_mode) \(status.st_size) \(status.st_mtim.tv_sec)."
                    + "\(status.st_mtim.tv_nsec) \(status.st_ctim.tv_sec).\(status.st_ctim.tv_nsec) \(path)")
        }
        return lines.joined(separator: "\n")
    }

    /// The file that Terraform would start: `terraform-provider-TYPE`, whatever stands behind a `_` or a dot.
    package static func program(of provider: ProviderAddress, in folder: String) throws(PackageError)
        -> String
    {
        let prefix = "terraform-provider-\(provider.type)"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let found = names.sorted().first { name in
            name.hasPrefix(prefix) && ["_", ".", nil].contains(name.dropFirst(prefix.count).first)
        }
        guard let found else {
            throw PackageError("the package of \(provider.short) has no program '\(prefix)_v…' in it")
        }
        guard access("\(folder)/\(found)", X_OK) == 0 else {
            throw PackageError("the program '\(found.escapedForDisplay)' of \(provider.short) may not be run")
        }
        return "\(folder)/\(found)"
    }

    /// Takes away what is not pinned for this machine, and what a crash left behind more than an hour ago: what is younger
    /// may be on its way.
    package func prune(keeping lock: ProviderLock) {
        let kept = Set(lock.pins.values.compactMap { $0.hashes[.current] }.joined().map(\.hex))
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
            let path = "\(folder)/\(name)"
            if name.hasPrefix(".new-"), let made = age(of: path), made < .seconds(3600) { continue }
            if !kept.contains(String(name.prefix { $0 != "." })) {
                try? FileManager.default.removeItem(atPath: path)
            }
        }
    }

    private func age(of path: String) -> Duration? {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return (attributes?[.modificationDate] as? Date).map { .seconds(-$0.timeIntervalSinceNow) }
    }
}

extension PackageStore {
    private static func broken(_ location: PackageLocation) -> PackageError {
        PackageError(
            "the package of \(location.provider.short) \(location.version) from \(location.mirror.escapedForDisplay) "
                + "is not what the mirror says it is")
    }
    private static func differs(_ location: PackageLocation) -> PackageError {
        PackageError(
            "the package of \(location.provider.short) \(location.version) from \(location.mirror.escapedForDisplay) "
                + "is not the one that is pinned",
            hint: "find out why; if it is right, take it out of the lock and run 'martlet providers lock'")
    }
    package static func missing(
        _ provider: ProviderAddress, _ version: ProviderVersion?, _ platform: ProviderPlatform,
        _ mirrors: PackageMirrors
    ) -> PackageError {
        let (places, what) = (mirrors.names(for: provider), version.map { " \($0)" } ?? "")
        return PackageError(
            places.isEmpty
                ? "no mirror is configured for \(provider.short)"
                : "\(provider.short)\(what) for \(platform) is in none of \(places.joined(separator: ", "))",
            hint: "name one under 'providers.mirrors'; 'terraform providers mirror FOLDER' fills a folder")
    }
}

/// Off the threads that everything else runs on: it reads and writes hundreds of megabytes.
private func blocking<Result: Sendable>(
    _ body: @escaping @Sendable () throws(PackageError) -> Result
) async throws(PackageError) -> Result {
    let result: Swift.Result<Result, PackageError> = await withCheckedContinuation { continuation in
        DispatchQueue.global().async {
            do throws(PackageError) { continuation.resume(returning: .success(try body())) } catch {
                continuation.resume(returning: .failure(error))
            }
        }
    }
    return try result.get()
}

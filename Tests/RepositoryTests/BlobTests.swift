import Fixtures
import Model
import Repository
import Testing

struct BlobTests {
    @Test(arguments: [1, 2, 8])
    func `contents come in order, over any number of cores`(cores: Int) async throws {
        let git = try await GitProgram()
        for number in 0..<700 { try git.write("number: \(number)", to: "\(number % 7)/\(number).yaml") }
        let commit = try await git.commit()
        let repository = try await LocalRepository.open(git.path)
        let files = try await repository.changes(in: "", from: nil, to: commit, cores: cores).written
        let read = try await repository.readBlobs(files, cores: cores) {
            "\($0)=\(String(decoding: $1, as: UTF8.self))"
        }
        #expect(read.count == 700)
        #expect(
            read
                == files.map { file in
                    let number = file.path.split(separator: "/").last?.split(separator: ".").first ?? ""
                    return "\(file.path)=number: \(number)"
                })
    }

    @Test func `an empty file and no file are read`() async throws {
        let git = try await GitProgram()
        try git.write("", to: "a.yaml")
        let commit = try await git.commit()
        let repository = try await LocalRepository.open(git.path)
        let files = try await repository.changes(in: "", from: nil, to: commit).written
        #expect(try await repository.readBlobs(files) { $1.count } == [0])
        #expect(try await repository.readBlobs([]) { $1.count }.isEmpty)
    }

    @Test func `an object that is not there is an error`() async throws {
        let git = try await GitProgram()
        let gone = try #require(ObjectID(String(repeating: "1", count: 40)))
        let repository = try await LocalRepository.open(git.path)
        let error = await #expect(throws: GitError.self) {
            _ = try await repository.readBlobs([ManifestFile(path: "a.yaml", blob: gone, size: 1)]) {
                $1.count
            }
        }
        #expect(error?.code == .missing)
        #expect(error?.operation == "read object \(gone) of '\(git.path)'")
    }
}

struct FolderTests {
    @Test func `a folder and its commit hold the same files with the same ids`() async throws {
        let git = try await GitProgram()
        for (name, text) in [
            ("a.yaml", "a"), ("a/b.yml", "bb"), ("a-b.json", ""), ("readme.md", "x"), (".x.yaml", "x"),
            ("é/ü.yaml", "u"),
        ] { try git.write(text, to: name) }
        let commit = try await git.commit()
        let stored = try await LocalRepository.open(git.path).changes(in: "", from: nil, to: commit)
        let folder = Folder(git.path)
        let present = try await folder.changes()
        #expect(present.written == stored.written)
        #expect(present.totals == stored.totals)
        let read = try await folder.readBlobs(present.written) { path, content in
            path + String(decoding: content, as: UTF8.self)
        }
        #expect(read == ["a-b.json", "a.yamla", "a/b.ymlbb", "é/ü.yamlu"])
    }

    @Test func `what is known by its id is not read again`() async throws {
        let folder = try TemporaryFolder()
        for name in ["same.yaml", "changed.yaml", "removed.yaml"] { try folder.write("x", to: name) }
        let first = try await Folder(folder.path).changes()
        let known = Dictionary(uniqueKeysWithValues: first.written.map { ($0.path, $0.blob) })
        try folder.write("y", to: "changed.yaml")
        try folder.write("x", to: "new.yaml")
        try removeFile(folder.path + "/removed.yaml")
        let second = try await Folder(folder.path).changes(from: known)
        #expect(second.written.map(\.path) == ["changed.yaml", "new.yaml"])
        #expect(second.written.map { $0.previous != nil } == [true, false])
        #expect(second.removed == ["removed.yaml"])
        #expect(second.totals == FolderTotals(files: 3, bytes: 3))
    }

    @Test func `links, pipes and what is too large are refused`() async throws {
        let folder = try TemporaryFolder()
        try folder.write("0123456789", to: "real/large.yaml")
        try folder.write("x", to: "text")
        for (target, name) in [
            ("/etc/passwd", "a.yaml"), ("real", "b"), ("real/large.yaml", "c"), ("text", "d"),
        ] {
            try link(target, folder.path + "/" + name)
        }
        try makePipe(folder.path + "/p.yaml")
        let caps = FolderCaps(fileBytes: ByteSize(bytes: 9))
        let changes = try await Folder(folder.path).changes(caps: caps)
        #expect(
            changes.refused.map(\.message) == [
                "symlink 'a.yaml' is named like a manifest", "symlink 'b' leads to a folder",
                "symlink 'c' leads to a manifest", "'p.yaml' is neither a file nor a folder",
                "file 'real/large.yaml' has 10 bytes, and a manifest file may have 9B",
            ])
        #expect(changes.written.isEmpty)
    }

    @Test func `a file that changes between listing and reading is an error`() async throws {
        let folder = try TemporaryFolder()
        try folder.write("one", to: "a.yaml")
        let listed = try await Folder(folder.path).changes()
        try folder.write("two", to: "a.yaml")
        let error = await #expect(throws: GitError.self) {
            _ = try await Folder(folder.path).readBlobs(listed.written) { $1.count }
        }
        #expect(error?.message == "it changed while it was read")
    }

    @Test func `a folder that is not there is an error`() async throws {
        let error = await #expect(throws: GitError.self) { _ = try await Folder("/no/such").changes() }
        #expect(error?.description == "read folder '/no/such': there is no such folder")
    }
}

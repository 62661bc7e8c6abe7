import Model
import Repository
import Testing

/// Each tree is made by git's plumbing with its checks off, as whoever pushes may do.
struct HostileTreeTests {
    struct Entry: Sendable {
        var mode: String
        var name: String
        var content = "x"
    }
    struct Case: Sendable, CustomTestStringConvertible {
        var entries: [Entry]
        var refused: [String]
        var testDescription: String {
            entries.map { "\($0.mode) \($0.name.debugDescription)" }.joined(separator: ", ")
        }
    }

    /// A tree's mode makes one that holds `in.yaml`.
    private func commit(_ entries: [Entry], in git: GitProgram) async throws -> ObjectID {
        var made: [(mode: String, name: String, id: ObjectID)] = []
        let inner = try await git.tree([(mode: "100644", name: "in.yaml", id: try await git.blob("x"))])
        for entry in entries {
            let id =
                switch entry.mode {
                case "40000": inner
                case "160000": inner
                default: try await git.blob(entry.content)
                }
            made.append((entry.mode, entry.name, id))
        }
        return try await git.commit(tree: try await git.tree(made))
    }

    @Test(arguments: [
        Case(
            entries: [Entry(mode: "120000", name: "l.yaml", content: "/etc/passwd")],
            refused: [
                "error: symlink 'l.yaml' is named like a manifest\n  hint: put the file itself there: links are not followed"
            ]),
        Case(
            entries: [
                Entry(mode: "120000", name: "link", content: "real/in.yaml"),
                Entry(mode: "40000", name: "real"),
            ],
            refused: [
                "error: symlink 'link' leads to a manifest\n  hint: put the file itself there: links are not followed"
            ]),
        Case(
            entries: [
                Entry(mode: "120000", name: "link", content: "./real/../real"),
                Entry(mode: "40000", name: "real"),
            ],
            refused: [
                "error: symlink 'link' leads to a folder\n  hint: put the file itself there: links are not followed"
            ]),
        Case(
            entries: [Entry(mode: "120000", name: "link", content: "../../etc")],
            refused: [
                "error: symlink 'link' leads out of the repository\n  hint: put the file itself there: links are not followed"
            ]),
        Case(
            entries: [Entry(mode: "120000", name: "link", content: "/etc")],
            refused: [
                "error: symlink 'link' leads out of the repository\n  hint: put the file itself there: links are not followed"
            ]),
        Case(
            entries: [
                Entry(mode: "100644", name: "LICENSE"),
                Entry(mode: "120000", name: "link", content: "LICENSE"),
            ], refused: []),
        Case(entries: [Entry(mode: "120000", name: ".link", content: "/etc")], refused: []),
        Case(
            entries: [Entry(mode: "160000", name: "sub")],
            refused: [
                "error: submodule 'sub' is another repository's content\n  hint: make it a source of its own"
            ]),
        Case(
            entries: [Entry(mode: "40000", name: "..")],
            refused: ["error: folder '..' would lead out of its folder\n  hint: rename it"]),
        Case(
            entries: [Entry(mode: "100644", name: ".")],
            refused: ["error: file '.' would lead out of its folder\n  hint: rename it"]),
        Case(
            entries: [Entry(mode: "100644", name: "../up.yaml")],
            refused: ["error: file '../up.yaml' has a slash in its name\n  hint: rename it"]),
        Case(
            entries: [Entry(mode: "100644", name: "a\u{1b}[2J.yaml")],
            refused: ["error: file 'a\\u{1b}[2J.yaml' has a control character in its name\n  hint: rename it"]
        ),
        Case(entries: [Entry(mode: "100644", name: "a\nb.txt")], refused: []),
        Case(entries: [Entry(mode: "40000", name: ".git")], refused: []),
        Case(
            entries: [Entry(mode: "10644", name: "odd.yaml")],
            refused: ["error: 'odd.yaml' is neither a file nor a folder"]),
    ])
    func `what no source may hold is refused by name`(example: Case) async throws {
        let git = try await GitProgram(bare: true)
        let commit = try await commit(example.entries, in: git)
        let changes = try await LocalRepository.open(git.path).changes(in: "", from: nil, to: commit)
        #expect(changes.refused.map(\.description) == example.refused)
        #expect(changes.written.allSatisfy { $0.path == "real/in.yaml" })
    }

    @Test(arguments: [
        (["b.yaml", "a.yaml"], "it is out of order, or has a name twice"),
        (["a.yaml", "a.yaml"], "it is out of order, or has a name twice"),
    ])
    func `a tree that is malformed is an error`(names: [String], message: String) async throws {
        let git = try await GitProgram(bare: true)
        let commit = try await commit(names.map { Entry(mode: "100644", name: $0) }, in: git)
        let repository = try await LocalRepository.open(git.path)
        let error = await #expect(throws: GitError.self) {
            _ = try await repository.changes(in: "", from: nil, to: commit)
        }
        #expect(error?.code == .corrupt)
        #expect(error?.message == message)
    }

    @Test func `a blob where a tree should be is an error`() async throws {
        let git = try await GitProgram(bare: true)
        let tree = try await git.tree([(mode: "40000", name: "sub", id: try await git.blob("no tree"))])
        let commit = try await git.commit(tree: tree)
        let repository = try await LocalRepository.open(git.path)
        let error = await #expect(throws: GitError.self) {
            _ = try await repository.changes(in: "", from: nil, to: commit)
        }
        #expect(error?.message == "it is not of the kind its tree says")
    }

    @Test func `a file that is too large is refused, and the others are not`() async throws {
        let git = try await GitProgram()
        try git.write(String(repeating: "x", count: 11), to: "large.yaml")
        try git.write(String(repeating: "x", count: 10), to: "small.yaml")
        let commit = try await git.commit()
        let changes = try await LocalRepository.open(git.path).changes(
            in: "", from: nil, to: commit, caps: FolderCaps(fileBytes: ByteSize(bytes: 10)))
        #expect(
            changes.refused.map(\.description) == [
                "error: file 'large.yaml' has 11 bytes, and a manifest file may have 10B\n"
                    + "  hint: split it, or name it in .martletignore if it holds no manifests"
            ])
    }

    @Test(arguments: [
        (FolderCaps(files: 4), "more than 4 manifest files, which is the most that one source may have"),
        (
            FolderCaps(totalBytes: ByteSize(bytes: 49)),
            "the manifests have 50 bytes, and one source may have 49B"
        ),
    ])
    func `too much is an error`(caps: FolderCaps, message: String) async throws {
        let git = try await GitProgram()
        for number in 0..<5 { try git.write("0123456789", to: "\(number).yaml") }
        let commit = try await git.commit()
        let repository = try await LocalRepository.open(git.path)
        let error = await #expect(throws: GitError.self) {
            _ = try await repository.changes(in: "", from: nil, to: commit, caps: caps)
        }
        #expect(error?.code == .tooLarge)
        #expect(error?.message == message)
        #expect(error?.hint == "make several sources of it")
    }

    @Test func `a tree that unfolds into millions of folders ends at the cap`() async throws {
        let git = try await GitProgram(bare: true)
        var tree = try await git.tree([(mode: "100644", name: "x.txt", id: try await git.blob("x"))])
        for _ in 0..<10 {
            let level = tree
            tree = try await git.tree((0..<10).map { (mode: "40000", name: "\($0)", id: level) })
        }
        let commit = try await git.commit(tree: tree)
        let repository = try await LocalRepository.open(git.path)
        let error = await #expect(throws: GitError.self) {
            _ = try await repository.changes(in: "", from: nil, to: commit, caps: FolderCaps(files: 1000))
        }
        #expect(error?.message == "more than 1000 folders, which is the most that one source may have")
    }

    @Test func `a tree that is too deep is an error`() async throws {
        let git = try await GitProgram(bare: true)
        var tree = try await git.tree([(mode: "100644", name: "x.yaml", id: try await git.blob("x"))])
        for _ in 0..<70 { tree = try await git.tree([(mode: "40000", name: "d", id: tree)]) }
        let commit = try await git.commit(tree: tree)
        let repository = try await LocalRepository.open(git.path)
        let error = await #expect(throws: GitError.self) {
            _ = try await repository.changes(in: "", from: nil, to: commit)
        }
        #expect(error?.message.hasSuffix("is more than 64 levels deep") == true)
    }
}

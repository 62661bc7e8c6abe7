import Fixtures
import Foundation
import Glibc

/// What a seeded history asks for, and what the folder is to be like after it.
struct Estate {
    struct Thing {
        enum Kind { case file, directory, symlink }
        var kind: Kind
        /// The directory's manifest; nil right under the root.
        var parent: String?
        /// In its folder.
        var leaf: String
        var text = ""
        var mode = 0o644
        /// Names of the secrets whose values it holds.
        var secrets: [String] = []
        var movedFrom: String?
    }
    /// By the manifest's name.
    private(set) var things: [String: Thing] = [:]
    private(set) var values: [String: String] = [:]
    private(set) var random: Seeded
    private var count = 0
    /// A manifest that can't be read stands beside the others.
    private(set) var isBroken = false
    /// Made anew for a reason of their own: moved in the file system, or deleted by hand.
    private(set) var remade: Set<String> = []
    /// Not Martlet's, in its folders.
    static let foreign: [String: WorldFile] = [
        "stranger": .file("left alone\n", mode: 0o640), "d0/stranger": .file("this too\n", mode: 0o600),
    ]

    let site: Site

    init(_ site: Site, seed: UInt64) async throws {
        (self.site, random) = (site, Seeded(seed))
        for name in ["a", "b"] {
            values[name] = "first-\(name)"
            try site.put("first-\(name)", as: "shop/\(name)")
            try site.git.write(secretManifest(name, path: "shop/\(name)"), to: "m/\(name).yaml")
        }
        for index in 0..<4 {
            try set("d\(index)", Thing(kind: .directory, leaf: "d\(index)", mode: 0o755))
        }
        for _ in 0..<36 { try add() }
        try await site.git.commit("first")
    }

    /// The foreign files, once their folders are there.
    func plantStrangers() throws {
        for (path, file) in Self.foreign {
            guard case .file(let text, let mode) = file else { continue }
            try Data(text.utf8).write(to: URL(filePath: "\(site.root)/\(path)"))
            chmod("\(site.root)/\(path)", mode_t(mode))
        }
    }

    /// What the last good commit and the secrets ask for, and the foreign files.
    var expected: [String: WorldFile] {
        var files = Self.foreign
        for (name, thing) in things {
            files[place(of: thing)] =
                switch thing.kind {
                case .file:
                    .file(content(of: thing, named: name) { values[$0] ?? "" }, mode: UInt16(thing.mode))
                case .directory: .directory(mode: UInt16(thing.mode))
                case .symlink: .symlink(thing.text)
                }
        }
        return files
    }
    var manifestIDs: Set<String> {
        Set(things.keys.map { "infrastructure/shop/\($0)" } + values.keys.map { "secret/shop/\($0)" })
    }

    private func place(of thing: Thing) -> String {
        (thing.parent.flatMap { things[$0]?.leaf }.map { "\($0)/" } ?? "") + thing.leaf
    }
    private func content(of thing: Thing, named name: String, _ value: (String) -> String) -> String {
        thing.text + thing.secrets.map { " \($0)=\(value($0))" }.joined()
    }

    private mutating func set(_ name: String, _ thing: Thing) throws {
        things[name] = thing
        let parent = thing.parent.map { "${infrastructure.\($0).path}" } ?? "${var.root}"
        let text = content(of: thing, named: name) { "${secret.\($0).value}" }
        let config =
            switch thing.kind {
            case .file: "content: \"\(text)\", mode: \"0\(String(thing.mode, radix: 8))\""
            case .directory: "mode: \"0\(String(thing.mode, radix: 8))\""
            case .symlink: "target: \"\(text)\""
            }
        let types: [Thing.Kind: String] = [.file: "file", .directory: "directory", .symlink: "symlink"]
        try site.git.write(
            hostManifest(
                name, types[thing.kind] ?? "", path: "\(parent)/\(thing.leaf)", config,
                reconcile: thing.movedFrom.map { "movedFrom: infrastructure/shop/\($0)" } ?? ""),
            to: "m/\(name).yaml")
    }
    private mutating func drop(_ name: String) throws {
        things[name] = nil
        try site.git.remove("m/\(name).yaml")
    }
    /// Never given twice.
    private mutating func newName(_ kind: String) -> String {
        count += 1
        return "\(kind)\(count)"
    }
    private mutating func choose(_ isWanted: (Thing) -> Bool) -> String? {
        things.filter { isWanted($0.value) }.keys.sorted().randomElement(using: &random)
    }
}

extension Estate {
    /// One thing happens, in the repository, by hand, or to a secret; gives what, for messages.
    mutating func happen() async throws -> String {
        switch Int.random(in: 0..<14, using: &random) {
        case 0..<7: try await commit()
        case 7..<9: try breakManifest() ? try await committed("a broken manifest") : try await commit()
        case 9..<12: editByHand()
        default: try rotate()
        }
    }
    /// The last word: a good commit.
    mutating func end() async throws { _ = try await commit() }

    private func committed(_ what: String) async throws -> String {
        try await site.git.commit(what)
        return what
    }

    private mutating func commit() async throws -> String {
        if isBroken { try site.git.remove("m/broken.yaml") }
        isBroken = false
        var done: [String] = []
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            switch Int.random(in: 0..<6, using: &random) {
            case 0: done.append("add \(try add())")
            case 1: if let name = try change() { done.append("change \(name)") }
            case 2: if let name = try remove() { done.append("remove \(name)") }
            case 3:
                if Bool.random(using: &random) {
                    if let names = try turn() { done.append("turn the paths of \(names)") }
                } else if let name = try movePath() {
                    done.append("move the path of \(name)")
                }
            case 4: if let name = try rename() { done.append("rename \(name)") }
            default: if let name = try changeSecrets() { done.append("other secrets in \(name)") }
            }
        }
        return try await committed(done.joined(separator: ", "))
    }

    @discardableResult
    private mutating func add() throws -> String {
        let parent = choose { $0.kind == .directory }
        switch Int.random(in: 0..<8, using: &random) {
        case 0:
            let name = newName("d")
            try set(name, Thing(kind: .directory, leaf: "dir-\(name)", mode: 0o755))
            return name
        case 1:
            let name = newName("l")
            try set(name, Thing(kind: .symlink, parent: parent, leaf: name, text: "target-\(name)"))
            return name
        default:
            let name = newName("f")
            let some = ["a", "b"].filter { _ in Int.random(in: 0..<4, using: &random) == 0 }
            try set(name, Thing(kind: .file, parent: parent, leaf: name, text: "text \(name)", secrets: some))
            return name
        }
    }
    private mutating func change() throws -> String? {
        guard let name = choose({ $0.kind != .directory }), var thing = things[name] else { return nil }
        thing.text += "+"
        if thing.kind == .file, Bool.random(using: &random) {
            thing.mode = thing.mode == 0o644 ? 0o600 : 0o644
        }
        try set(name, thing)
        return name
    }
    private mutating func changeSecrets() throws -> String? {
        guard let name = choose({ $0.kind == .file }), var thing = things[name] else { return nil }
        thing.secrets = thing.secrets.isEmpty ? ["a"] : []
        try set(name, thing)
        return name
    }
    private mutating func remove() throws -> String? {
        guard let name = choose({ $0.parent != nil || $0.leaf.hasPrefix("dir-") }), let thing = things[name]
        else { return nil }
        if thing.kind == .directory {
            for (other, inside) in things where inside.parent == name {
                _ = inside
                try drop(other)
            }
        }
        try drop(name)
        return name
    }
    private mutating func movePath() throws -> String? {
        guard let name = choose({ $0.kind != .directory }), var thing = things[name] else { return nil }
        thing.leaf = newName("m")
        thing.parent = choose { $0.kind == .directory }
        remade.insert(name)
        try set(name, thing)
        return name
    }
    /// Two or three take each other's paths.
    private mutating func turn() throws -> String? {
        let all = things.filter { $0.value.kind != .directory }.keys.sorted().shuffled(using: &random)
        let names = Array(all.prefix(Int.random(in: 2...3, using: &random)))
        let places = names.compactMap { things[$0] }.map { ($0.parent, $0.leaf) }
        guard places.count > 1 else { return nil }
        for (name, place) in zip(names, places.dropFirst() + places.prefix(1)) {
            guard var thing = things[name] else { continue }
            (thing.parent, thing.leaf) = place
            remade.insert(name)
            try set(name, thing)
        }
        return names.joined(separator: ", ")
    }
    /// Another manifest's name for the same file.
    private mutating func rename() throws -> String? {
        guard let old = choose({ $0.kind != .directory && $0.movedFrom == nil }), var thing = things[old]
        else {
            return nil
        }
        let name = newName("r")
        thing.movedFrom = old
        if Bool.random(using: &random) { thing.text += "+" }
        if remade.contains(old) { remade.insert(name) }
        try drop(old)
        try set(name, thing)
        return "\(old) to \(name)"
    }
    private mutating func breakManifest() throws -> Bool {
        guard !isBroken else { return false }
        isBroken = true
        try site.git.write("apiVersion: martlet/v1\nkind: Infrastructure\nspec: [", to: "m/broken.yaml")
        return true
    }
    private mutating func rotate() throws -> String {
        let name = Bool.random(using: &random) ? "a" : "b"
        count += 1
        values[name] = "value-\(count)"
        try site.put("value-\(count)", as: "shop/\(name)")
        return "rotate \(name)"
    }

    /// Somebody edits, deletes or opens a file that is there; never one that is not, which would be foreign.
    private mutating func editByHand() -> String {
        guard let name = choose({ $0.kind != .directory }), let thing = things[name] else { return "nothing" }
        let path = "\(site.root)/\(place(of: thing))"
        switch (thing.kind, Int.random(in: 0..<3, using: &random)) {
        case (.file, 0):
            guard chmod(path, 0o666) == 0 else { break }
            return "chmod \(name)"
        case (.file, 1):
            let file = open(path, O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC)
            guard file >= 0 else { break }
            write(file, "edited", 6)
            close(file)
            return "edit \(name)"
        default:
            remade.insert(name)
            guard unlink(path) == 0 else { break }
            return "delete \(name)"
        }
        return "nothing"
    }
}

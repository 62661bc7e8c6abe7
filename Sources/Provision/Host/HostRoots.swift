import Glibc
import Model

/// Where the engine may write: a path's one way into the file system.
struct HostRoots: Sendable {
    private let roots: [String]
    private let forbidden: [String]

    /// Looks at the world once: what is forbidden is so by its name without symlinks too.
    init(_ configuration: HostEngine.Configuration) {
        roots = configuration.roots.map(\.droppingLastSlash)
        let closed = configuration.forbidden.map(\.droppingLastSlash)
        forbidden = closed + closed.compactMap(\.resolved).filter { !closed.contains($0) }
    }

    /// Throws where a source may not write there.
    func place(_ path: String, _ grants: Grants) throws(EngineError) -> Place {
        if let problem = problem(of: path, grants) {
            throw EngineError(.waitForChange, problem.message, hint: problem.hint)
        }
        let root = roots.filter { path.isStrictlyInside($0) }.max { $0.utf8.count < $1.utf8.count }
        guard let root else { throw EngineError(.waitForChange, at: path, "is outside of every root") }
        if let message = closed(path) { throw EngineError(.waitForChange, at: path, message) }
        let (folder, name) = path.splitAtLastSlash
        return Place(path: path, root: root, folder: folder, name: name)
    }

    /// What can be said of a path without looking at the world.
    func problem(of path: String, _ grants: Grants) -> FieldProblem? {
        let field = FieldPath("config").appending("path")
        if let problem = path.lexicalProblem {
            return FieldProblem(field, problem.message, hint: problem.hint)
        }
        guard roots.contains(where: { path.isStrictlyInside($0) }),
            grants.roots.contains(where: { path.isStrictlyInside($0.droppingLastSlash) })
        else {
            return FieldProblem(
                field, "'\(path.escapedForDisplay)' is outside of the roots that the source may write in",
                hint: hint(grants))
        }
        return closed(path).map { FieldProblem(field, "'\(path.escapedForDisplay)' \($0)") }
    }
    /// The same for a path of which only the beginning is known.
    func problem(ofPrefix prefix: String, _ grants: Grants) -> FieldProblem? {
        let field = FieldPath("config").appending("path")
        guard prefix.utf8.first == UInt8(ascii: "/") else {
            return FieldProblem(field, "'\(prefix.escapedForDisplay)…' is no absolute path")
        }
        func mayLead(_ root: String) -> Bool {
            prefix.isInside(root) || (root + "/").utf8.starts(with: prefix.utf8)
        }
        guard
            !roots.contains(where: { mayLead($0) })
                || !grants.roots.contains(where: { mayLead($0.droppingLastSlash) })
        else { return nil }
        return FieldProblem(
            field, "'\(prefix.escapedForDisplay)…' is outside of the roots that the source may write in",
            hint: hint(grants))
    }

    private func hint(_ grants: Grants) -> String {
        let usable = grants.roots.map(\.droppingLastSlash).filter { granted in
            roots.contains { granted.isInside($0) || $0.isInside(granted) }
        }
        return usable.isEmpty
            ? "the controller's configuration names its roots, for a local folder --root does"
            : "it may write under \(usable.sorted().map { "'\($0.escapedForDisplay)'" }.joined(separator: ", "))"
    }
    private func closed(_ path: String) -> String? {
        if forbidden.contains(where: { path.isInside($0) }) { return "belongs to the controller itself" }
        return forbidden.contains { $0.isInside(path) } ? "holds folders of the controller itself" : nil
    }
}

/// A path that may be written to, split where the walk ends.
struct Place: Sendable {
    /// As the manifest says it.
    var path: String
    /// `folder` is it, or under it.
    var root: String
    var folder: String
    var name: String
}

extension String {
    var droppingLastSlash: String { count > 1 && hasSuffix("/") ? String(dropLast()) : self }
    /// Without symlinks; nil where it is not there.
    fileprivate var resolved: String? {
        guard let pointer = realpath(self, nil) else { return nil }
        defer { free(pointer) }
        return String(cString: pointer)
    }

    /// What is wrong with it as a path, wherever it leads.
    var lexicalProblem: (message: String, hint: String?)? {
        let shown = "'\(escapedForDisplay)'"
        if isEmpty { return ("the path is empty", nil) }
        if utf8.contains(0) { return ("\(shown) holds a NUL", nil) }
        guard utf8.first == UInt8(ascii: "/") else {
            return ("\(shown) is no absolute path", "begin it with '/'")
        }
        if utf8.count >= Int(PATH_MAX) {
            return ("the path has \(utf8.count) bytes, and \(PATH_MAX - 1) is the most", nil)
        }
        for part in utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            if part.elementsEqual("..".utf8) {
                return ("\(shown) holds '..'", "write the path that it means")
            }
            if part.isEmpty || part.elementsEqual(".".utf8) {
                return ("\(shown) holds an empty part or '.'", "write it without")
            }
            if part.count > Int(NAME_MAX) {
                return ("a part of the path has \(part.count) bytes, and \(NAME_MAX) is the most", nil)
            }
            if part.starts(with: ".martlet-".utf8) {
                return ("\(shown) is a name that Martlet keeps for itself", nil)
            }
        }
        return nil
    }
}

import Model

extension SourceRecord: Packable {
    func pack(into packer: inout Packer) {
        packer.fields {
            $0.field("name", name)
            $0.field("repository", repository)
            $0.field("commit", commit)
            $0.field("trusted", trusted)
            $0.field("summary", summary)
            $0.field("author", author)
            $0.field("loadedAt", loadedAt)
            $0.field("pushedAt", pushedAt)
            $0.field("state", state.rawValue)
            $0.field("stateSince", stateSince)
            $0.field("convergedAt", convergedAt)
            $0.field("lastConverged", lastConverged)
            $0.field("problems", problems.unlessEmpty)
            $0.field("refusedCommit", refusedCommit)
            $0.field("refusedSummary", refusedSummary)
            $0.field("refusedAt", refusedAt)
            $0.field("toldDeletes", toldDeletes)
            $0.field("toldReview", toldReview)
            $0.field("destroyed", isDestroyed ? true : nil)
            $0.field("grants", grants)
        }
    }

    init(from unpacker: inout Unpacker) throws(PackingError) {
        var named: String?
        self.init("", repository: "")
        for _ in 0..<(try unpacker.mapCount()) {
            switch try unpacker.string() {
            case "name": named = try unpacker.string()
            case "repository": repository = try unpacker.string()
            case "commit": commit = try unpacker.string()
            case "trusted": trusted = try unpacker.string()
            case "summary": summary = try unpacker.string()
            case "author": author = try unpacker.string()
            case "loadedAt": loadedAt = try unpacker.int()
            case "pushedAt": pushedAt = try unpacker.int()
            case "state": state = try unpacker.choice("state")
            case "stateSince": stateSince = try unpacker.int()
            case "convergedAt": convergedAt = try unpacker.int()
            case "lastConverged": lastConverged = try unpacker.string()
            case "problems": problems = try unpacker.read()
            case "refusedCommit": refusedCommit = try unpacker.string()
            case "refusedSummary": refusedSummary = try unpacker.string()
            case "refusedAt": refusedAt = try unpacker.int()
            case "toldDeletes": toldDeletes = try unpacker.string()
            case "toldReview": toldReview = try unpacker.string()
            case "destroyed": isDestroyed = try unpacker.bool()
            case "grants": grants = try unpacker.read()
            default: try unpacker.skip()
            }
        }
        name = try named.required("name")
    }
}

extension Diagnostic: Packable {
    func pack(into packer: inout Packer) {
        packer.fields {
            $0.field("severity", severity.rawValue)
            $0.field("file", location?.file)
            $0.field("line", location?.line)
            $0.field("column", location?.column)
            $0.field("message", message)
            $0.field("hint", hint)
        }
    }

    init(from unpacker: inout Unpacker) throws(PackingError) {
        var (file, line, column): (String?, Int, Int) = (nil, 1, 1)
        self.init(.error, "")
        for _ in 0..<(try unpacker.mapCount()) {
            switch try unpacker.string() {
            case "severity": severity = try unpacker.choice("severity")
            case "file": file = try unpacker.string()
            case "line": line = try unpacker.int()
            case "column": column = try unpacker.int()
            case "message": message = try unpacker.string()
            case "hint": hint = try unpacker.string()
            default: try unpacker.skip()
            }
        }
        location = file.map { ManifestLocation(file: $0, line: line, column: column) }
    }
}

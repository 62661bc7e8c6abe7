import Model

extension ReviewedPlan: Packable {
    func pack(into packer: inout Packer) {
        packer.fields {
            $0.field("digest", digest)
            $0.field("changes", changes.unlessEmpty)
        }
    }

    init(from unpacker: inout Unpacker) throws(PackingError) {
        self.init(digest: "", changes: [])
        for _ in 0..<(try unpacker.mapCount()) {
            switch try unpacker.string() {
            case "digest": digest = try unpacker.string()
            case "changes": changes = try unpacker.read()
            default: try unpacker.skip()
            }
        }
    }
}

extension ReviewedChange: Packable {
    func pack(into packer: inout Packer) {
        packer.array(3)
        id.pack(into: &packer)
        packer.string(action.rawValue)
        fields.flatMap { [$0.path, $0.before, $0.after] }.pack(into: &packer)
    }

    init(from unpacker: inout Unpacker) throws(PackingError) {
        guard try unpacker.arrayCount() == 3 else { throw .outOfRange("change") }
        self.init(try unpacker.read(), try unpacker.choice("action"), fields: [])
        let marks: [String] = try unpacker.read()
        guard marks.count.isMultiple(of: 3) else { throw .outOfRange("fields") }
        fields = stride(from: 0, to: marks.count, by: 3).map { index in
            Field(path: marks[index], before: marks[index + 1], after: marks[index + 2])
        }
    }
}

/// What is spent has rows of its own.
extension ShownPreview: Packable {
    func pack(into packer: inout Packer) {
        packer.fields {
            $0.field("source", source)
            $0.field("request", request)
            $0.field("author", author)
            $0.field("authorID", authorID.unlessEmpty)
            $0.field("tree", tree.unlessEmpty)
            $0.field("delta", delta.unlessEmpty)
            $0.field("head", head.unlessEmpty)
            $0.field("plan", plan)
            $0.field("shownAt", shownAt)
            $0.field("merged", isMerged ? true : nil)
        }
    }

    init(from unpacker: inout Unpacker) throws(PackingError) {
        var (source, request): (String?, String?)
        self.init(
            source: "", request: "", author: "", tree: "", delta: "",
            plan: ReviewedPlan(digest: "", changes: []), shownAt: 0)
        for _ in 0..<(try unpacker.mapCount()) {
            switch try unpacker.string() {
            case "source": source = try unpacker.string()
            case "request": request = try unpacker.string()
            case "author": author = try unpacker.string()
            case "authorID": authorID = try unpacker.string()
            case "tree": tree = try unpacker.string()
            case "delta": delta = try unpacker.string()
            case "head": head = try unpacker.string()
            case "plan": plan = try unpacker.read()
            case "shownAt": shownAt = try unpacker.int()
            case "merged": isMerged = try unpacker.bool()
            default: try unpacker.skip()
            }
        }
        (self.source, self.request) = (try source.required("source"), try request.required("request"))
    }
}

extension PlanApproval: Packable {
    func pack(into packer: inout Packer) {
        packer.fields {
            $0.field("source", source)
            $0.field("digest", digest)
            $0.field("by", by)
            $0.field("userID", userID.unlessEmpty)
            $0.field("way", way.rawValue)
            $0.field("at", at)
            $0.field("requests", requests.sorted().unlessEmpty)
        }
    }

    init(from unpacker: inout Unpacker) throws(PackingError) {
        var (source, digest, by): (String?, String?, String?)
        var user = ""
        var (way, at, requests): (Way, Int, [String]) = (.command, 0, [])
        for _ in 0..<(try unpacker.mapCount()) {
            switch try unpacker.string() {
            case "source": source = try unpacker.string()
            case "digest": digest = try unpacker.string()
            case "by": by = try unpacker.string()
            case "userID": user = try unpacker.string()
            case "way": way = try unpacker.choice("way")
            case "at": at = try unpacker.int()
            case "requests": requests = try unpacker.read()
            default: try unpacker.skip()
            }
        }
        self.init(
            source: try source.required("source"), digest: try digest.required("digest"),
            by: try by.required("by"), way: way, at: at, requests: Set(requests))
        userID = user
    }
}

import Model

/// Markdown in the making; details are left out, and said to be, where they would not fit.
struct MarkdownPage {
    let style: MarkdownStyle
    private var lines: [String] = []
    private var bytes = 0
    private var footer: [String] = []
    private var leftOut = 0
    /// Where to find what is left out.
    var leftOutWords = "`martlet plan` shows them"
    /// Of the source whose files are linked, in their repository.
    var folder = ""

    /// For the footer, and the words that say what was left out.
    private var reserve: Int { 600 + footer.reduce(0) { $0 + $1.utf8.count } }

    init(_ style: MarkdownStyle) { self.style = style }

    mutating func add(_ new: String...) { add(contentsOf: new) }
    mutating func add(contentsOf new: [String]) {
        for line in new where !(line.isEmpty && lines.last?.isEmpty ?? true) {
            lines.append(line)
            bytes += line.utf8.count + 1
        }
    }
    /// Stands at the end, whatever is left out before it.
    mutating func addFooter(_ lines: [String]) { footer = lines }
    /// The last line of an alert breaks no line.
    mutating func endAlert() {
        if let last = lines.last, last.hasSuffix("\\") { lines[lines.count - 1] = String(last.dropLast()) }
        add("")
    }

    var text: String {
        var all = lines
        while all.last?.isEmpty == true { all.removeLast() }
        if leftOut > 0 {
            all += [
                "",
                "\(counted(leftOut, "resource has", "resources have")) no details here: \(leftOutWords)",
            ]
        }
        if !footer.isEmpty { all += [""] + footer }
        return all.joined(separator: "\n") + "\n"
    }

    private func hasRoom(for new: [String]) -> Bool {
        bytes + new.reduce(0) { $0 + $1.utf8.count + 1 } + reserve <= style.limit
    }

    mutating func add(tableOf resources: [PlannedResource], in project: String) {
        guard !resources.isEmpty else { return }
        add("", "| | resource | what happens |", "|---|---|---|")
        for (index, resource) in resources.enumerated() {
            let id = Markdown.code(resource.id.named(in: project))
            let row = "| `\(resource.action.mark)` | \(id) | \(Markdown.prose(resource.sentence)) |"
            guard index < 200, hasRoom(for: [row]) else {
                add("| | | and \(resources.count - index) more |")
                break
            }
            add(row)
        }
        add("")
    }

    mutating func add(detailsOf resources: [PlannedResource], in project: String) {
        for resource in resources where !resource.fields.isEmpty {
            let block = details(of: resource, in: project)
            if hasRoom(for: block) { add(contentsOf: block) } else { leftOut += 1 }
        }
    }

    mutating func add(drifted resources: [PlannedResource], in project: String) {
        guard !resources.isEmpty else { return }
        add("", "<details><summary>Drifted before: \(resources.count)</summary>", "")
        add(tableOf: resources, in: project)
        add(detailsOf: resources, in: project)
        add("", "</details>")
    }

    /// A list that opens, as far as there is room.
    mutating func addBlock(_ title: String, _ bullets: [String]) {
        guard !bullets.isEmpty else { return }
        let (open, close) = block(Markdown.html(title))
        guard hasRoom(for: open + close) else { return }
        add(contentsOf: open)
        addList(bullets)
        add(contentsOf: close)
    }

    /// As far as there is room, and 50 at most.
    mutating func addList(_ bullets: [String]) {
        guard !bullets.isEmpty else { return }
        add("")
        for (index, bullet) in bullets.enumerated() {
            guard index < 50, hasRoom(for: [bullet]) else {
                add("- and \(bullets.count - index) more")
                break
            }
            add(bullet)
        }
        add("")
    }

    /// A problem with its place.
    func bullet(_ problem: Diagnostic) -> String {
        let place = problem.location.map { "\(markdownLink(to: $0)): " } ?? ""
        let message = Markdown.prose(problem.message.safeLines(atMost: 6).joined(separator: " "))
        let hint =
            problem.hint.map { " (\(Markdown.prose($0.safeLines(atMost: 3).joined(separator: " "))))" } ?? ""
        return "- \(place)\(problem.severity.rawValue): \(message)\(hint)"
    }

    /// What opens a block and what closes it; HTML in its title.
    private func block(_ title: String) -> (open: [String], close: [String]) {
        style.hasHTML
            ? (["", "<details><summary>\(title)</summary>", ""], ["", "</details>"])
            : (["", "**\(title)**", ""], [""])
    }

    private func details(of resource: PlannedResource, in project: String) -> [String] {
        let (mark, id) = (resource.action.mark, resource.id.named(in: project))
        var summary = [
            style.hasHTML
                ? "<code>\(Markdown.codeElement("\(mark) \(id)"))</code>"
                : Markdown.code("\(mark) \(id)"),
            resource.layer.rawValue,
        ]
        if !resource.engine.isEmpty { summary.append(Markdown.html(resource.engine)) }
        if let place = resource.place, resource.action != .delete {
            summary.append(style.hasHTML ? link(to: place) : markdownLink(to: place))
        }
        let (open, close) = block(summary.joined(separator: " · "))
        return open + Markdown.fenced(resource.fields.flatMap(\.diffLines), language: "diff") + close
    }

    private func link(to place: ManifestLocation) -> String {
        let shown = Markdown.html(path(of: place))
        return url(of: place).map { "<a href=\"\($0)\">\(shown)</a>" } ?? shown
    }
    private func markdownLink(to place: ManifestLocation) -> String {
        let shown = Markdown.prose(path(of: place))
        return url(of: place).map { "[\(shown)](\($0))" } ?? shown
    }
    private func path(of place: ManifestLocation) -> String {
        "\(folder.isEmpty ? "" : "\(folder)/")\(place.file):\(place.line)"
    }
    private func url(of place: ManifestLocation) -> String? {
        style.filesURL.map { url in
            let folder = folder.isEmpty ? "" : "\(folder.asURLPath)/"
            let separator = url.hasSuffix("/") ? "" : "/"
            let file = "\(folder)\(place.file.asURLPath)"
            return "\(Markdown.attribute(url))\(separator)\(file)#\(style.lineMark)\(place.line)"
        }
    }
}

extension PlannedResource {
    /// `aws_s3_bucket is created`, `3 instances are replaced one at a time`
    fileprivate var sentence: String {
        let why =
            switch commonCause {
            case .commit, nil: ""
            case .dependency: ", follows what it refers to"
            case .drift: ", has drifted"
            case .both: ", has drifted too"
            case .engine: ", by its engine"
            }
        let done = isDestructive ? takingAway : action.done
        return "\(type) is \(done)" + (note.map { ": \($0)" } ?? "") + why
    }
}

extension FieldReport {
    /// Each line begins with the sign of a diff and a space.
    fileprivate var diffLines: [String] {
        let words = [cause == .commit ? nil : cause.rawValue, replaces ? "forces replacement" : nil]
            .compactMap(\.self)
        let tag = words.isEmpty ? "" : "   (\(words.joined(separator: ", ")))"
        if let json {
            let parts = json.prefix(60).flatMap(\.diffLines).map { "\($0.prefix(2))  \($0.dropFirst(2))" }
            let rest = json.count > 60 ? ["    … \(counted(json.count - 60, "more difference"))"] : []
            return ["\(mark == "~" ? " " : mark) \(path): JSON\(tag)"] + parts + rest
        }
        let (before, after) = (before?.bounded, after?.bounded)
        if isMultiline {
            let (rows, more) = diff.limited(to: 60)
            let rest = more > 0 ? ["      … \(counted(more, "more line"))"] : []
            return ["\(mark == "~" ? " " : mark) \(path):\(tag)"] + rows.map(\.diffLine) + rest
        }
        if self.before?.kind == .secret, self.after?.kind == .secret {
            return ["  \(path):\(tag)", "!   \(inline)"]
        }
        switch (before, after) {
        case (let before?, let after?): return ["  \(path):\(tag)", "-   \(before)", "+   \(after)"]
        case (let before?, nil): return ["- \(path): \(before)\(tag)"]
        case (nil, let after?): return ["+ \(path): \(after)\(tag)"]
        case (nil, nil): return []
        }
    }
}

extension DisplayValue {
    fileprivate var bounded: String { inline.shortened(to: 400) }
}

extension LineDiff.Row {
    fileprivate var diffLine: String {
        switch self {
        case .same(let text): "    \(text.shortened(to: 400))"
        case .removed(let text): "-   \(text.shortened(to: 400))"
        case .added(let text): "+   \(text.shortened(to: 400))"
        case .skipped(let count): "    … \(counted(count, "equal line"))"
        }
    }
}

extension String {
    /// Percent-encoded, slashes kept.
    fileprivate var asURLPath: String {
        utf8.map { byte in
            let scalar = Unicode.Scalar(byte)
            let isPlain =
                ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
                || "-._~/".unicodeScalars.contains(scalar)
            return isPlain
                ? String(scalar) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}

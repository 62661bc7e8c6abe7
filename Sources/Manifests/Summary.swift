package import Model

/// What `martlet validate` prints.
package enum Summary {
    /// Every problem by place, then one line that counts them.
    package static func text(of problems: [Diagnostic], files: Int) -> String {
        let lines = problems.sortedByPlace.map { "\($0.description)\n" }
        return lines.joined() + (lines.isEmpty ? "" : "\n") + line(of: problems, files: files) + "\n"
    }
    /// `3 problems in 2 of 41 files`.
    package static func line(of problems: [Diagnostic], files: Int) -> String {
        let all = "\(files) \(files == 1 ? "file" : "files")"
        if problems.isEmpty { return "no problems in \(all)" }
        let broken = Set(problems.compactMap(\.location?.file)).count
        let count = "\(problems.count) \(problems.count == 1 ? "problem" : "problems")"
        return broken == 0 ? count : "\(count) in \(broken) of \(all)"
    }
}

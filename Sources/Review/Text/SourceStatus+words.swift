import Model

/// The first line answers the question: in sync or not, at which commit, and if not, why.
extension SourceStatus {
    var stateTint: Tint {
        switch sync {
        case .inSync: .green
        case .inProgress: .yellow
        case .notInSync: .red
        }
    }
    var stateWords: String {
        if keptResources != nil { return "gone from the configuration" }
        return switch sync {
        case .inSync: "in sync"
        case .inProgress: "in progress"
        case .notInSync: "not in sync"
        }
    }
    func commitPieces(_ now: Timestamp) -> [Piece] {
        if let keptResources {
            let words =
                counted(keptResources, "resource")
                + (sync == .inProgress ? " to delete" : agreeing(keptResources, " stays", " stay"))
            return [": ", Piece(words), Piece(commit.map { " at \($0.named)" } ?? "")]
        }
        guard let commit else {
            return refused == nil ? [": nothing is loaded yet"] : [": ", Piece(reason)]
        }
        switch sync {
        case .inSync:
            let age = fetch.problem == nil ? nil : fetch.fetchedAt?.ago(now)
            return [Piece(" at \(commit.named)"), Piece(age.map { " as of \($0)" } ?? "", .yellow)]
        case .inProgress:
            let (ready, all) = layers.reduce((0, 0)) {
                ($0.0 + $1.ready, $0.1 + $1.ready + $1.inProgress + $1.failed)
            }
            return [Piece(": \(ready) of \(all) ready at \(commit.named)")]
        case .notInSync: return [": ", Piece(reason), Piece(refused == nil ? " at \(commit.named)" : "")]
        }
    }

    /// The gravest one.
    private var reason: String {
        func names(_ kind: HeldResource.Kind) -> [String] {
            held.filter { $0.kind == kind }.map { $0.id.named(in: project) }
        }
        if let refused {
            return "\(refused.commit.named) is refused"
        }
        let (failed, uncertain, unobserved) = (names(.failed), names(.uncertain), names(.unobserved))
        if !failed.isEmpty { return "\(listed(failed)) failed" }
        if !uncertain.isEmpty {
            return "\(listed(uncertain)) \(agreeing(uncertain.count, "is", "are")) uncertain"
        }
        if !unobserved.isEmpty { return "\(listed(unobserved)) could not be observed" }
        if let deletes {
            return counted(deletes.pending, "delete waits", "deletes wait") + " for a person"
        }
        let waiting = held.map { $0.id.named(in: project) }
        return waiting.isEmpty
            ? "something differs" : "\(listed(waiting)) \(agreeing(waiting.count, "is", "are")) held"
    }

    func timeWords(_ now: Timestamp) -> String? {
        if keptResources != nil { return nil }
        if let refused {
            let age = pushedAt.map { " (\($0.elapsed(until: now).rough) old)" } ?? ""
            return "refused \(refused.at.ago(now))" + (commit.map { ", stays at \($0.named)\(age)" } ?? "")
        }
        var words: [String] = []
        if let pushedAt { words.append("pushed \(pushedAt.ago(now))") }
        if let convergedAfter, sync == .inSync {
            words.append("converged in \(convergedAfter)")
        } else if let since {
            words.append("\(stateWords) for \(since.elapsed(until: now).rough)")
        }
        return words.isEmpty ? nil : words.joined(separator: ", ")
    }
}

extension DriftedResource {
    var glyph: Piece {
        treatment == .correct ? Piece(planned.action.mark, planned.action.tint) : Piece("⏸", .yellow)
    }
    /// `mode and owner differ`
    var what: String {
        switch planned.action {
        case .create: "is gone"
        case .delete: "exists, and should not"
        default:
            planned.fields.isEmpty
                ? "differs"
                : "\(listed(planned.fields.map(\.path))) \(agreeing(planned.fields.count, "differs", "differ"))"
        }
    }
    func treatmentWords(_ now: Timestamp, _ style: Style) -> String {
        let found = foundAt.map { ", found \($0.ago(now))" } ?? ""
        switch treatment {
        case .correct: return "corrected in the next pass" + found
        case .warn: return "left as it is (onDrift: warn)" + found
        case .ignore: return "left as it is (onDrift: ignore)" + found
        case .suspended:
            let reason = suspension.map { " (\($0.reason.safeForDisplay))" } ?? ""
            let until = suspension?.until.map { " until \($0.stamp(style))" } ?? ""
            return "suspended\(until)\(reason)" + found
        }
    }
}

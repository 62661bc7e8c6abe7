/// What the fetch child says on its standard output, one line of JSON each.
package enum FetchEvent: Hashable, Sendable, Codable {
    case progress(FetchProgress)
    /// The mirror is what the remote is now.
    case done(FetchReport)
    /// The mirror is as it was before.
    case failed(GitError)
}

package struct FetchProgress: Hashable, Sendable, Codable {
    package enum Stage: String, Hashable, Sendable, Codable {
        case starting, connecting, listing, receiving, recording
    }
    package var stage = Stage.starting
    package var receivedObjects = 0
    package var totalObjects = 0
    package var receivedBytes = 0

    package init(stage: Stage) { self.stage = stage }
}

/// What it was doing, for messages.
extension FetchProgress: CustomStringConvertible {
    package var description: String {
        switch stage {
        case .starting: "starting"
        case .connecting: "connecting"
        case .listing: "asking for the branches"
        case .receiving where totalObjects == 0: "waiting for objects"
        case .receiving: "receiving objects (\(receivedObjects) of \(totalObjects))"
        case .recording: "recording the branches"
        }
    }
}

package struct FetchReport: Hashable, Sendable, Codable {
    /// What each mirrored reference of the remote names, be it a commit or a tag.
    package var references: [String: ObjectID]
    /// The remote's default branch, as `refs/heads/main`; nil where it names none.
    package var head: String?
    package var receivedObjects: Int
    package var receivedBytes: Int
}

import Fakes
import Testing

extension Site {
    /// With one of our own providers, pinned.
    func configure(_ version: PeerProvider, over world: PeerWorld, token: String = "") async throws {
        try configure(
            allow: ", engines: [peer]",
            rest: """
                providers: {mirrors: [{filesystem: "\(PeerProvider.mirror)"}]}
                engines:
                  peer:
                    type: terraform
                    source: \(PeerProvider.source)
                    version: "\(version.version)"
                    config: {world: "\(world.path)"\(token)}
                    environment: {PATH: "/usr/bin:/bin"}
                """)
        let locked = try await martlet(["providers", "lock", "--config", configuration])
        guard locked.code == 0 else { throw GitProgram.Failure(text: locked.errors) }
    }
}

extension Site {
    /// A person who has looked says what became of a step, as the controller's own words tell how.
    /// - Parameter words: nil where no step was lost, so that nobody can say anything.
    func settle(_ id: String, _ words: [String]?) async throws {
        let status = try await martlet(["status", "shop", "--config", configuration])
        #expect(status.output.contains("martlet settle"), Comment(rawValue: "\(status)"))
        let words = try #require(
            words, Comment(rawValue: "\(id) is uncertain, and no step of it was lost: \(status)"))
        let answer = try await martlet(["settle", id] + words + ["--config", configuration])
        #expect(answer.code == 0, Comment(rawValue: "\(words): \(answer)"))
    }
}

import Fakes

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

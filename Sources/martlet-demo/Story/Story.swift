import Foundation

/// What is told, and what is checked while it is told.
struct Story: Sendable {
    let screen: Screen
    let place: Workplace
    let shell: Shell
    let sink: Sink
    /// The example repository's files.
    let manifests: String
    /// Whether its jobs are to go on when it has ended.
    let isKept: Bool
    let catalog: Catalog
    /// What the machine has to look like at first.
    let shop: Shop

    init(
        screen: Screen, place: Workplace, shell: Shell, sink: Sink, manifests: String, isKept: Bool,
        catalog: Catalog
    ) {
        (self.screen, self.place, self.shell) = (screen, place, shell)
        (self.sink, self.manifests, self.isKept, self.catalog) = (sink, manifests, isKept, catalog)
        shop = Shop(root: place.machine)
    }

    func tell(sinkPort: Int) async throws {
        screen.say(
            "Martlet: a git push becomes files, secrets, processes and services, and they stay so.", .bold)
        screen.explain("Everything happens in \(place.folder), where all these commands run.")
        try await prepare(sinkPort: sinkPort)
        let start = ContinuousClock.now
        let chapters = try await serve { controller in
            var chapters = Chapters(story: self, controller: controller)
            try await chapters.converge(since: start)
            try await chapters.find()
            try await chapters.changeOneManifest()
            try await chapters.breakByHand()
            try await chapters.rotate()
            try await chapters.refuse()
            try await chapters.prune()
            try await chapters.roll()
            try await chapters.revert()
            try await chapters.killOne()
            try await chapters.crash()
            return chapters
        }
        try await serve { controller in
            var chapters = chapters
            try await chapters.recover(with: controller)
            if !isKept { try await chapters.remove() }
            try await chapters.receive()
        }
        try end()
    }

    private func serve<Result: Sendable>(
        _ body: @escaping @Sendable (RunningController) async throws -> Result
    ) async throws -> Result {
        try await RunningController.run(
            shell.program, ["serve", "--config", "\(place.folder)/martlet.yaml"], in: shell, log: place.log,
            body)
    }

    private func end() throws(Failure) {
        screen.begin("The end")
        screen.confirm("told by SIGTERM, the controller has ended by itself, with 0")
        let left = Processes.left(of: place.folder)
        guard isKept else {
            guard left.isEmpty else { throw Failure("still running: \(left.joined(separator: "; "))") }
            return screen.confirm("no process is left")
        }
        guard left.count == 3 else {
            throw Failure("of three instances, these go on: \(left.joined(separator: "; "))")
        }
        screen.confirm("the shop's three instances go on without it")
    }
}

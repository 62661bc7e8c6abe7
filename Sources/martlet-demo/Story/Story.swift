import Foundation

/// What is told, and what is checked while it is told.
struct Story: Sendable {
    let screen: Screen
    let place: Workplace
    let shell: Shell
    let sink: Sink
    /// The example repository's files.
    let manifests: String
    /// What the machine has to look like at first.
    let shop: Shop

    init(screen: Screen, place: Workplace, shell: Shell, sink: Sink, manifests: String) {
        (self.screen, self.place, self.shell) = (screen, place, shell)
        (self.sink, self.manifests) = (sink, manifests)
        shop = Shop(root: place.machine)
    }

    func tell(sinkPort: Int) async throws {
        screen.say("Martlet: a git push becomes files, and they stay so.", .bold)
        screen.explain("Everything happens in \(place.folder), where all these commands run.")
        try await prepare(sinkPort: sinkPort)
        let start = ContinuousClock.now
        try await RunningController.run(
            shell.program, ["serve", "--config", "\(place.folder)/martlet.yaml"], in: shell, log: place.log
        ) { controller in
            var chapters = Chapters(story: self, controller: controller)
            try await chapters.converge(since: start)
            try await chapters.changeOneManifest()
            try await chapters.breakByHand()
            try await chapters.rotate()
            try await chapters.refuse()
            try await chapters.prune()
            try await chapters.receive()
        }
        screen.begin("The end")
        screen.confirm("told by SIGTERM, the controller has ended by itself, with 0")
        let left = Processes.left(of: place.folder)
        guard left.isEmpty else { throw Failure("still running: \(left.joined(separator: "; "))") }
        screen.confirm("no process is left")
    }
}

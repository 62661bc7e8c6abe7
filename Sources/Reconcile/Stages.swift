import Metrics

/// Where the time of a pass goes, as metrics.
struct Stages {
    enum Stage: String { case observe, plan, record }
    private let start = ContinuousClock.now

    func time<Answer>(_ stage: Stage, _ body: () async throws -> Answer) async rethrows -> Answer {
        let start = ContinuousClock.now
        defer {
            Timer(label: "martlet_stage", dimensions: [("stage", stage.rawValue)])
                .record(duration: ContinuousClock.now - start)
        }
        return try await body()
    }

    /// From a commit to its load.
    static func load(_ duration: Duration) {
        Timer(label: "martlet_stage", dimensions: [("stage", "load")]).record(duration: duration)
    }

    func end(_ picture: Picture, inFlight: Int) {
        Counter(label: "martlet_passes").increment()
        Timer(label: "martlet_pass").record(duration: ContinuousClock.now - start)
        Gauge(label: "martlet_steps_in_flight").record(inFlight)
        Gauge(label: "martlet_changes_pending").record(picture.changes.count)
    }
}

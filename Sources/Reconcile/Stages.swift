import Metrics

/// Where the time of a pass goes, as metrics.
struct Stages {
    enum Stage: String { case load, take, observe, plan, gate, record, apply }
    private let start = ContinuousClock.now

    /// - Parameter waiting: how many requests had come since the last pass.
    init(waiting: Int) { Gauge(label: "martlet_inbox_requests").record(waiting) }

    func time<Answer>(_ stage: Stage, _ body: () async throws -> Answer) async rethrows -> Answer {
        let start = ContinuousClock.now
        defer { Self.record(stage, ContinuousClock.now - start) }
        return try await body()
    }

    static func record(_ stage: Stage, _ duration: Duration) {
        Timer(label: "martlet_stage", dimensions: [("stage", stage.rawValue)]).record(duration: duration)
    }

    func end(_ picture: Picture, inFlight: Int) {
        Counter(label: "martlet_passes").increment()
        Timer(label: "martlet_pass").record(duration: ContinuousClock.now - start)
        Gauge(label: "martlet_steps_in_flight").record(inFlight)
        Gauge(label: "martlet_changes_pending").record(picture.changes.count)
    }
}

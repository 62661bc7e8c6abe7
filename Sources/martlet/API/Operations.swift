import Model
import Review
import Run

/// What a command can ask of a controller, be it this process or another one.
protocol Operations: Sendable {
    /// Of one source, or of all.
    func status(_ source: String?) async throws -> StatusReport
    func sources() async throws -> SourceReport
    func plan(_ source: String) async throws -> PlanReport
    func drift(_ source: String) async throws -> DriftReport
    /// What a merge would do in a source's repository; left out, in that which has both commits.
    func preview(_ source: String?, base: String, head: String) async throws -> PreviewReport
    func resources(kind: String?, source: String?) async throws -> ResourceTable
    /// By its id, `kind/name` being enough where that names one alone.
    func resource(_ id: String) async throws -> ResourceReport
    func history(_ question: HistoryQuestion) async throws -> HistoryReport
    /// Fetches, and looks at everything again: of one source, or of all.
    func sync(_ source: String?) async throws -> Answer
    /// The same, followed until it has come to an end, or for so long. What is said with it is heard first.
    func sync(
        _ source: String, saying: [Saying], timeout: Span?
    ) async throws -> AsyncThrowingStream<SyncMoment, any Error>
    func say(_ saying: Saying) async throws -> Answer
    func forget(_ id: String) async throws -> Answer
    /// Ends a source that the configuration no longer has.
    func endSource(_ name: String, keepsObjects: Bool) async throws -> Answer
    func reload() async throws -> Answer
    /// What is open at the forges, of one repository or of all.
    func requests(_ repository: String?) async throws -> RequestReport
    /// What was shown, approved, and waits: of one source, or of all.
    func reviews(_ source: String?) async throws -> ReviewReport
    /// Who is told what.
    func notifications() async throws -> NotificationReport
    /// Of a notification, a webhook, or a forge; what comes back.
    func testNotification(_ name: String) async throws -> Answer
    /// Tells a job that this machine runs what no manifest says. `by` is heeded as a saying's is.
    func order(_ order: SupervisorEngine.Order, _ job: String, by: String?) async throws -> Answer
    /// What a job's instances have said since a moment, and then on for as long as it is followed.
    func logs(
        of job: String, since: Timestamp?, follows: Bool
    ) async throws -> AsyncThrowingStream<JobLog.Line, any Error>
}

struct HistoryQuestion: Sendable {
    var resource: String?
    var source: String?
    var limit = 50
}

/// What a person says, as the API takes it.
struct Saying: Codable, Sendable {
    enum Kind: String, Codable, Sendable {
        case suspend, resume, adopt, confirmDeletes, approve, settleMade, settleNotMade
    }
    var kind: Kind
    /// A resource's id, or a source's name.
    var subject: String
    /// A reason, a digest.
    var value: String?
    /// Seconds since 1970.
    var until: Int?
    /// Who says it; heeded where the socket's file mode vouches for them.
    var by: String?
}

/// What was done, in words.
struct Answer: Codable, Sendable, Equatable {
    var message: String
    var hint: String?
}

/// A sync as it goes on; the last one has the report.
struct SyncMoment: Codable, Sendable {
    var progress: ApplyProgress?
    var report: ApplyReport?
    /// Beside the report where the commit was refused, so that nothing of it is done: what is wrong with it.
    var refusal: StatusReport?
}

/// Why something that was asked is not done.
struct OperationError: Error, Sendable, Equatable {
    /// As HTTP counts.
    var status: Int
    var message: String
    var hint: String?

    init(_ status: Int, _ message: String, hint: String? = nil) {
        (self.status, self.message, self.hint) = (status, message, hint)
    }
}

/// Nobody listens on the socket.
struct NoController: Error, Sendable {
    var socket: String
}

/// What to start, and how long it may take. Nothing is inherited but the user, and no shell reads it.
package struct Command: Sendable {
    /// What the child leads, and what is killed with it. A session has no controlling terminal.
    package enum Isolation: Sendable { case group, session }

    /// An absolute path; it is not searched for.
    package var executable: String
    /// Without the program's name.
    package var arguments: [String]
    package var environment: [String: String]
    /// Where it runs; nil for where its parent does.
    package var folder: String?
    /// All that it can read from its standard input.
    package var input: [UInt8]
    package var isolation: Isolation
    package var limits: Limits

    package init(
        _ executable: String, _ arguments: [String] = [], environment: [String: String] = [:],
        in folder: String? = nil, input: [UInt8] = [], isolation: Isolation = .group,
        limits: Limits = Limits()
    ) {
        (self.executable, self.arguments, self.environment) = (executable, arguments, environment)
        (self.folder, self.input, self.isolation, self.limits) = (folder, input, isolation, limits)
    }
}

extension Command {
    package struct Limits: Hashable, Sendable {
        /// From start to end; nil for none.
        package var whole: Duration?
        /// Without output of either kind, while its output is being read; nil for none.
        package var idle: Duration?
        /// What the group gets between SIGTERM and SIGKILL.
        package var grace: Duration

        package init(whole: Duration? = nil, idle: Duration? = nil, grace: Duration = .seconds(2)) {
            (self.whole, self.idle, self.grace) = (whole, idle, grace)
        }
    }
    package enum Limit: Hashable, Sendable {
        case whole(Duration)
        case idle(Duration)
    }
}

package enum Ending: Hashable, Sendable {
    case exited(Int32)
    case killed(signal: Int32)
    package var isSuccess: Bool { self == .exited(0) }
}

extension Ending: CustomStringConvertible {
    package var description: String {
        switch self {
        case .exited(let code): "exit code \(code)"
        case .killed(let signal): "signal \(signal)"
        }
    }
}

/// Why nothing was started.
package struct StartError: Error, Hashable, Sendable, CustomStringConvertible {
    package var executable: String
    /// Lower case, no full stop.
    package var cause: String
    package var description: String { "start '\(executable)': \(cause)" }
}

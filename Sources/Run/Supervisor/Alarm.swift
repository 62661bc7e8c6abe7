import Dispatch

/// One alarm, set anew as often as is needed.
final class Alarm {
    private let timer = DispatchSource.makeTimerSource()

    init(_ ring: @escaping @Sendable () -> Void) {
        timer.setEventHandler(handler: ring)
        timer.resume()
    }
    deinit { timer.cancel() }

    /// A minute is the most, because the timer's clock stands still while the machine sleeps.
    func set(in milliseconds: Int) {
        timer.schedule(
            deadline: .now() + .milliseconds(max(0, min(milliseconds, 60_000))), leeway: .milliseconds(1))
    }
}

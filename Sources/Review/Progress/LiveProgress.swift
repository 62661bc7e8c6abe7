/// Redraws frames in place on a terminal; whoever has the terminal writes what it returns.
package struct LiveProgress: Sendable {
    private var drawn = 0

    package init() {}

    /// The control sequences and text that put this frame over the last one.
    package mutating func draw(_ frame: [String]) -> String {
        let back = drawn > 0 ? "\u{1b}[\(drawn)A\r\u{1b}[J" : ""
        drawn = frame.count
        return back + frame.map { $0 + "\n" }.joined()
    }
    /// Clears the last frame, so that a report can take its place.
    package mutating func clear() -> String { draw([]) }
}

import Model
import Review
import Testing

@Suite struct ProgressTests {
    private static func progress(_ seconds: Int, _ activities: [ApplyProgress.Activity]) -> ApplyProgress {
        ApplyProgress(
            project: "shop", commit: Example.image, startedAt: Example.now, now: Example.ago(-seconds),
            activities: activities)
    }
    private static func activity(
        _ id: String, _ layer: Layer, _ state: ApplyProgress.Activity.State, _ message: String? = nil,
        _ since: Int = 0
    ) -> ApplyProgress.Activity { .init(Example.id(id), layer, state, message, since: Example.ago(-since)) }

    static let middle = progress(
        7,
        (1...12).map { activity("infrastructure/i\($0)", .provision, .ready) }
            + (1...4).map { activity("secret/s\($0)", .secure, .ready) } + [
                activity("service/a", .connect, .ready), activity("service/b", .connect, .ready),
                activity("service/web", .connect, .waiting, "waits for job/web"),
                activity("job/web", .run, .inProgress, "2 of 3 instances healthy, next in 10 s", 2),
                activity("job/api", .run, .started, nil, 5), activity("job/edge", .run, .notStarted),
            ])

    @Test func `a frame names the layers and what is slow`() {
        #expect(
            Self.middle.frame(Style(width: 80)) == [
                "8a01b44  provision 12/12  secure 4/4  connect 2/3  run 0/3   00:07",
                "         … job/web  2 of 3 instances healthy, next in 10 s",
                "         … job/api  2 s",
            ])
    }

    @Test func `what is done within a second gets no line of its own`() {
        let quick = Self.progress(
            7,
            [
                Self.activity("job/quick", .run, .started, nil, 7),
                Self.activity("job/slow", .run, .started, nil, 6),
            ])
        #expect(
            quick.frame(Style(width: 80)) == ["8a01b44  run 0/2   00:07", "         … job/slow  1 s"])
    }

    @Test func `an interrupted apply names some of what was not started, and counts the rest`() {
        var report = Example.interrupted
        report.notStarted = (1...50).map { number in
            AppliedResource(
                Example.id("job/j\(number)"), layer: .run, type: "job", .create, .notStarted)
        }
        let text = report.text(Style(width: 80))
        #expect(text.contains("job/j20 ") && !text.contains("job/j21 "))
        #expect(text.contains("\n  … and 30 more\n"))
    }

    @Test(arguments: [40, 41, 50, 64, 80, 200]) func `no line of a frame is wider than the terminal`(
        width: Int
    ) {
        var progress = Self.middle
        progress.activities += (1...9).map {
            Self.activity(
                "job/" + String(repeating: "long", count: 9 * $0), .run, $0 % 2 == 0 ? .failed : .inProgress,
                String(repeating: "\u{1b}[2J words ", count: 9))
        }
        let frame = progress.frame(Style(width: width))
        #expect(frame.allSatisfy { $0.count <= width })
        #expect(frame.count <= 9)
        #expect(frame.last == "         and 6 more")
        #expect(!frame.contains { $0.contains("\u{1b}") })
    }

    @Test func `a pipe gets a line for each transition`() {
        let start = Self.progress(
            0,
            [
                Self.activity("job/web", .run, .notStarted),
                Self.activity("infrastructure/a", .provision, .started),
                Self.activity("job/old", .run, .ready),
            ])
        let middle = Self.progress(
            3,
            [
                Self.activity("job/web", .run, .inProgress, "1 of 3 instances healthy", 2),
                Self.activity("infrastructure/a", .provision, .ready, nil, 3),
                Self.activity("job/old", .run, .ready),
                Self.activity("job/edge", .run, .waiting, "waits for job/web (dependsOn)"),
            ])
        var end = middle
        end.now = Example.ago(-11)
        end.activities[0] = Self.activity("job/web", .run, .failed, "2 of 3\n\u{1b}not healthy", 11)
        let style = Style()
        #expect(start.lines(since: nil, style) == ["14:02:11 infrastructure/a started"])
        #expect(
            middle.lines(since: start, style) == [
                "14:02:14 infrastructure/a ready after 3 s",
                "14:02:14 job/edge waits for job/web (dependsOn)",
                "14:02:14 job/web in progress: 1 of 3 instances healthy",
            ])
        #expect(middle.lines(since: middle, style) == [])
        #expect(
            end.lines(since: middle, style) == [
                "14:02:22 job/web failed after 9 s: 2 of 3 \\u{1b}not healthy"
            ])
        #expect(start.lines(since: nil, Style(utcOffset: 7200)) == ["16:02:11 infrastructure/a started"])
    }

    @Test func `a frame is drawn over the last one`() {
        var live = LiveProgress()
        #expect(live.draw(["one", "two"]) == "one\ntwo\n")
        #expect(live.draw(["three"]) == "\u{1b}[2A\r\u{1b}[Jthree\n")
        #expect(live.clear() == "\u{1b}[1A\r\u{1b}[J")
        #expect(live.clear() == "")
    }
}

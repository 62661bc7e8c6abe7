import Fixtures
import Foundation
import Glibc

/// When a controller is killed.
enum Moment {
    case after(milliseconds: Int)
    /// The journal was written so many times.
    case writes(Int)
    /// So often there was another number of files.
    case files(Int)

    init(using random: inout Seeded) {
        switch Int.random(in: 0..<3, using: &random) {
        case 0: self = .after(milliseconds: Int.random(in: 0...60, using: &random))
        case 1: self = .writes(Int.random(in: 1...6, using: &random))
        default: self = .files(Int.random(in: 1...8, using: &random))
        }
    }

    /// Kills it then, or where nothing happens any more, and waits until it is gone.
    func crash(_ run: Run, _ site: Site) async throws {
        let deadline = ContinuousClock.now + .milliseconds(1500)
        switch self {
        case .after(let milliseconds): try await Task.sleep(for: .milliseconds(milliseconds))
        case .writes(let count):
            try await Self.poll(until: deadline, count) { Self.journalState(of: site) }
        case .files(let count):
            try await Self.poll(until: deadline, count) { WorldFile.all(under: site.root).count }
        }
        try await run.crash()
    }

    /// Until what is looked at has changed so often.
    private static func poll<State: Equatable>(
        until deadline: ContinuousClock.Instant, _ count: Int, _ look: () -> State
    ) async throws {
        var (changes, last) = (0, look())
        while changes < count, ContinuousClock.now < deadline {
            let now = look()
            if now != last { changes += 1 }
            last = now
            await Task.yield()
        }
    }
    private static func journalState(of site: Site) -> [Double] {
        let attributes = try? FileManager.default.attributesOfItem(atPath: site.database + "-wal")
        guard let size = attributes?[.size] as? NSNumber, let date = attributes?[.modificationDate] as? Date
        else { return [] }
        return [size.doubleValue, date.timeIntervalSince1970]
    }
}

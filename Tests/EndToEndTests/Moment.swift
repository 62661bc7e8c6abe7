import Fixtures
import Foundation
import Glibc

/// When a controller is killed.
enum Moment {
    /// Before or after the n-th call that lasts.
    case calls(Int)
    case after(milliseconds: Int)
    /// The journal was written so many times.
    case writes(Int)
    /// So often there was another number of files.
    case files(Int)

    init(using random: inout Seeded) {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: self = .after(milliseconds: Int.random(in: 0...60, using: &random))
        case 1: self = .writes(Int.random(in: 1...6, using: &random))
        case 2: self = .files(Int.random(in: 1...8, using: &random))
        // A start makes a few dozens, a rollout hundreds: near ones are told apart, and far ones are reached.
        default: self = .calls(Int(pow(2, Double.random(in: 0...9, using: &random))))
        }
    }

    /// Has the next calls counted from here on, which may be before the process is there.
    func arm(_ site: Site) throws {
        if case .calls(let count) = self { try site.killPoint.arm(count) }
    }

    /// Kills it then, or where nothing happens any more, and waits until it is gone.
    /// - Parameter isArmed: the calls are counted already.
    func crash(_ run: Run, _ site: Site, isArmed: Bool = false) async throws {
        switch self {
        case .calls:
            if !isArmed { try arm(site) }
            try await Self.wait(for: 1) {
                site.killPoint.left
            } isOver: {
                run.isOver || $0 <= 0
            }
        case .after(let milliseconds): try await Task.sleep(for: .milliseconds(milliseconds))
        case .writes(let count):
            var changes = 0
            try await Self.wait {
                Self.journalState(of: site)
            } isOver: { _ in
                defer { changes += 1 }
                return changes >= count
            }
        case .files(let count):
            var changes = 0
            try await Self.wait {
                WorldFile.all(under: site.root).count
            } isOver: { _ in
                defer { changes += 1 }
                return changes >= count
            }
        }
        try await run.crash()
        try site.killPoint.arm(0)
    }

    /// Looks until it is over, asked at first and after each change, or until nothing has changed for a while.
    private static func wait<State: Equatable>(
        for milliseconds: Int = 0, _ look: () -> State, isOver: (State) -> Bool
    ) async throws {
        var (last, since) = (look(), ContinuousClock.now)
        if isOver(last) { return }
        while ContinuousClock.now - since < .milliseconds(500) {
            if milliseconds > 0 {
                try await Task.sleep(for: .milliseconds(milliseconds))
            } else {
                await Task.yield()
            }
            let now = look()
            guard now != last else { continue }
            if isOver(now) { return }
            (last, since) = (now, .now)
        }
    }
    private static func journalState(of site: Site) -> [Double] {
        let attributes = try? FileManager.default.attributesOfItem(atPath: site.database + "-wal")
        guard let size = attributes?[.size] as? NSNumber, let date = attributes?[.modificationDate] as? Date
        else { return [] }
        return [size.doubleValue, date.timeIntervalSince1970]
    }
}

import Fixtures
import Testing

@testable import Run

@Suite struct AgendaTests {
    @Test("what is due comes out in time, once, whatever was set before", arguments: Seeded.seeds(20))
    func agenda(seed: UInt64) {
        var random = Seeded(seed)
        var agenda = Agenda<Int>()
        var expected: [Int: Int] = [:]
        for step in 0..<2000 {
            let item = Int.random(in: 0..<50, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                agenda.set(nil, for: item)
                expected[item] = nil
            case 1:
                let now = step / 4
                let due = expected.filter { $0.value <= now }
                #expect(Set(agenda.takeDue(at: now)) == Set(due.keys))
                for item in due.keys { expected[item] = nil }
            default:
                let time = step / 4 + Int.random(in: -5...200, using: &random)
                agenda.set(time, for: item)
                expected[item] = time
            }
            #expect(agenda.next == expected.values.min())
        }
    }

    @Test func `a queue gives each key once, in turn, and none that was taken out`() {
        var queue = LaunchQueue()
        let keys = (0..<5).map { InstanceKey(id: web, serial: $0) }
        for key in keys + keys { queue.append(key) }
        #expect(queue.remove(keys[1]) && !queue.remove(keys[1]))
        #expect(queue.next() == keys[0])
        queue.append(keys[1])
        var rest: [Int] = []
        while let key = queue.next() { rest.append(key.serial) }
        #expect(Set(rest) == [1, 2, 3, 4] && rest.count == 4)
    }
}

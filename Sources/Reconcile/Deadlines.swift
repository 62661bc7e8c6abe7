/// When something is due, by what it is about, in milliseconds since 1970: the next is found without a look at the rest.
struct Deadlines<Key: Hashable & Sendable>: Sendable {
    private var times: [Key: Int] = [:]
    /// A binary heap, the earliest first. What is no longer its key's time is dropped when it comes up.
    private var heap: [(time: Int, key: Key)] = []

    subscript(key: Key) -> Int? {
        get { times[key] }
        set {
            guard times[key] != newValue else { return }
            times[key] = newValue
            if let newValue { push(newValue, key) }
        }
    }

    /// The earliest.
    mutating func next() -> Int? {
        while let first = heap.first, times[first.key] != first.time { pop() }
        return heap.first?.time
    }

    /// Takes those out whose time has come.
    mutating func take(by now: Int) -> [Key] {
        var keys: [Key] = []
        while let time = next(), time <= now {
            let key = pop().key
            times[key] = nil
            keys.append(key)
        }
        return keys
    }

    private mutating func push(_ time: Int, _ key: Key) {
        heap.append((time, key))
        var child = heap.count - 1
        while child > 0, heap[child].time < heap[(child - 1) / 2].time {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    @discardableResult
    private mutating func pop() -> (time: Int, key: Key) {
        heap.swapAt(0, heap.count - 1)
        let first = heap.removeLast()
        var (parent, least) = (0, 0)
        repeat {
            parent = least
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && heap[child].time < heap[least].time { least = child }
            heap.swapAt(parent, least)
        } while parent != least
        return first
    }
}

/// What is to be looked at when: a heap, the earliest first. Times that were overtaken stay in it until they come up, or
/// outnumber the others.
struct Agenda<Item: Hashable> {
    private struct Entry {
        var time: Int
        var item: Item
    }
    private var heap: [Entry] = []
    private var times: [Item: Int] = [:]

    /// Nil for never.
    mutating func set(_ time: Int?, for item: Item) {
        guard times[item] != time else { return }
        times[item] = time
        guard let time else { return }
        if heap.count > 2 * times.count + 64 {
            heap = []
            for (item, time) in times { push(Entry(time: time, item: item)) }
        } else {
            push(Entry(time: time, item: item))
        }
    }

    var next: Int? {
        mutating get {
            while let first = heap.first, times[first.item] != first.time { pop() }
            return heap.first?.time
        }
    }

    /// What is due is taken out.
    mutating func takeDue(at now: Int) -> [Item] {
        var due: [Item] = []
        while let time = next, time <= now, let first = heap.first {
            due.append(first.item)
            times[first.item] = nil
            pop()
        }
        return due
    }

    private mutating func push(_ entry: Entry) {
        heap.append(entry)
        var index = heap.count - 1
        while index > 0, heap[index].time < heap[(index - 1) / 2].time {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }
    private mutating func pop() {
        guard let last = heap.popLast(), !heap.isEmpty else { return }
        heap[0] = last
        var index = 0
        while true {
            let children = [2 * index + 1, 2 * index + 2].filter { $0 < heap.count }
            guard let least = children.min(by: { heap[$0].time < heap[$1].time }),
                heap[least].time < heap[index].time
            else { return }
            heap.swapAt(index, least)
            index = least
        }
    }
}

/// Instances that are to be started, in turn.
struct LaunchQueue {
    private var keys: [InstanceKey] = []
    private var first = 0
    private var waiting: Set<InstanceKey> = []

    mutating func append(_ key: InstanceKey) {
        if waiting.insert(key).inserted { keys.append(key) }
    }
    /// Whether it was waiting.
    mutating func remove(_ key: InstanceKey) -> Bool { waiting.remove(key) != nil }

    mutating func next() -> InstanceKey? {
        while first < keys.count {
            let key = keys[first]
            first += 1
            if first > 1024, first * 2 > keys.count { (keys, first) = (Array(keys[first...]), 0) }
            if waiting.remove(key) != nil { return key }
        }
        (keys, first) = ([], 0)
        return nil
    }
}

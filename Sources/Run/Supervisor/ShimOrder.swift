import Model

/// What the shim reads from its standard input.
struct ShimOrder {
    private(set) var bytes = Array("martlet-shim 1\0".utf8)

    mutating func add(_ key: String, _ text: String) throws(EngineError) { try add(key, Array(text.utf8)) }
    /// A NUL would end the text, and begin another entry.
    mutating func add(_ key: String, _ text: [UInt8]) throws(EngineError) {
        guard !text.contains(0) else {
            throw EngineError(.waitForChange, "a text of the task holds a NUL byte")
        }
        bytes += Array("\(key)=".utf8) + text + [0]
    }
}

import Foundation

/// SplitMix64: the same numbers for the same seed, on every machine.
package struct Seeded: RandomNumberGenerator, Sendable {
    private var state: UInt64
    package init(_ seed: UInt64) { state = seed }
    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

extension Seeded {
    /// The seeds of a property, from 0: `usual` of them, or as many as `SEEDS` in the environment says (`make soak`).
    /// - Parameter share: for how many that `SEEDS` asks for there is one: more than 1 where a seed takes long.
    package static func seeds(_ usual: Int, oneFor share: Int = 1) -> [UInt64] {
        let asked = ProcessInfo.processInfo.environment["SEEDS"].flatMap(Int.init)
        let count = asked.map { (max(0, $0) + share - 1) / share } ?? usual
        return (0..<count).map(UInt64.init)
    }
}

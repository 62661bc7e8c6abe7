/// The four layers of the cloud operating model, in the order in which people think of them.
package enum Layer: String, Sendable, CaseIterable, Comparable, Codable {
    case provision, secure, connect, run

    package static func < (left: Layer, right: Layer) -> Bool {
        (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
    }
}

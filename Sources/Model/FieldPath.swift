/// Where a field is inside a spec: `task.files[0].path` for people, `/task/files/0/path` in `reconcile.ignore`.
package struct FieldPath: Hashable, Sendable {
    package enum Component: Hashable, Sendable {
        case key(String)
        case index(Int)
    }
    package var components: [Component]

    package init(_ components: [Component] = []) { self.components = components }
    package init(_ key: String) { components = [.key(key)] }

    package func appending(_ key: String) -> FieldPath { FieldPath(components + [.key(key)]) }
    package func appending(_ index: Int) -> FieldPath { FieldPath(components + [.index(index)]) }

    /// RFC 6901.
    package var pointer: String {
        components.map { component in
            switch component {
            case .key(let key): "/" + key.replacing("~", with: "~0").replacing("/", with: "~1")
            case .index(let index): "/\(index)"
            }
        }.joined()
    }
    /// Whether a JSON pointer names this field or one that holds it.
    package func isCovered(by pointer: String) -> Bool {
        let own = self.pointer
        return own == pointer || own.hasPrefix(pointer + "/")
    }
}

extension FieldPath: CustomStringConvertible {
    package var description: String {
        components.enumerated().map { position, component in
            switch component {
            case .key(let key) where key.isPlainKey: position == 0 ? key : ".\(key)"
            case .key(let key): "['\(key.escapedForDisplay)']"
            case .index(let index): "[\(index)]"
            }
        }.joined()
    }
}

extension FieldPath: Comparable {
    package static func < (left: FieldPath, right: FieldPath) -> Bool {
        left.components.lexicographicallyPrecedes(right.components) { one, other in
            switch (one, other) {
            case (.key(let one), .key(let other)): one < other
            case (.index(let one), .index(let other)): one < other
            case (.index, .key): true
            case (.key, .index): false
            }
        }
    }
}

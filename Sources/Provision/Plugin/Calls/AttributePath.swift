/// Where in a resource's value something is: `rule[0].ports["http"].number`.
package struct AttributePath: Sendable, Hashable {
    package enum Step: Sendable, Hashable {
        case attribute(String)
        /// A map's key.
        case key(String)
        /// A list's index, from 0.
        case index(Int)
    }
    package var steps: [Step]

    package init(_ steps: [Step] = []) { self.steps = steps }
}

extension AttributePath: CustomStringConvertible {
    package var description: String {
        steps.reduce(into: "") { text, step in
            switch step {
            case .attribute(let name): text += text.isEmpty ? name : ".\(name)"
            case .key(let key): text += "[\"\(key)\"]"
            case .index(let index): text += "[\(index)]"
            }
        }
    }
}

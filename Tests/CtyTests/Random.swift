import Cty
import Fixtures

/// Random types, and values of them.
struct Random {
    var numbers: Seeded
    init(_ seed: UInt64) { numbers = Seeded(seed) }

    mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &numbers) == 0 }
    mutating func count(_ most: Int) -> Int { Int.random(in: 0...most, using: &numbers) }

    mutating func type(depth: Int = 3, dynamic: Bool = true) -> CtyType {
        switch Int.random(in: 0..<(depth > 0 ? 9 : 3), using: &numbers) {
        case 0: .string
        case 1: .number
        case 2: .bool
        case 3: dynamic ? .dynamic : .string
        case 4: .list(type(depth: depth - 1, dynamic: false))
        case 5: .set(type(depth: depth - 1, dynamic: false))
        case 6: .map(type(depth: depth - 1, dynamic: false))
        case 7: .tuple((0..<count(3)).map { _ in type(depth: depth - 1, dynamic: dynamic) })
        default:
            .object(
                Dictionary(
                    (0..<count(4)).map { ("a\($0)", type(depth: depth - 1, dynamic: dynamic)) },
                    uniquingKeysWith: { $1 }))
        }
    }

    mutating func value(of type: CtyType, unknowns: Bool = true) -> CtyValue {
        if chance(8) { return .null }
        if unknowns, chance(8) { return unknown(of: type) }
        switch type {
        case .string: return .string(text())
        case .number: return .number(number())
        case .bool: return .bool(chance(2))
        case .list(let element):
            return .list((0..<count(3)).map { _ in value(of: element, unknowns: unknowns) })
        case .set(let element):
            return .set(CtySet((0..<count(3)).map { _ in value(of: element, unknowns: unknowns) }))
        case .map(let element):
            return .object(
                Dictionary(
                    (0..<count(3)).map { _ in (text(), value(of: element, unknowns: unknowns)) },
                    uniquingKeysWith: { $1 }))
        case .tuple(let elements): return .list(elements.map { value(of: $0, unknowns: unknowns) })
        case .object(let attributes, _):
            return .object(
                Dictionary(
                    uniqueKeysWithValues: attributes.inOrder.map {
                        ($0.key, value(of: $0.value, unknowns: unknowns))
                    }))
        case .dynamic:
            let own = self.type(depth: 1, dynamic: false)
            let inner = value(of: own, unknowns: unknowns)
            return inner.isNull || inner.isUnknown ? .null : .dynamic(own, inner)
        }
    }

    private mutating func unknown(of type: CtyType) -> CtyValue {
        if type == .dynamic || chance(2) { return .unknown }
        var refinement = Refinement()
        refinement.isNotNull = true
        switch type {
        case .string: refinement.prefix = text()
        case .number:
            refinement.lower = Refinement.Bound(number(), isInclusive: chance(2))
            refinement.upper = Refinement.Bound(number(), isInclusive: chance(2))
        case .list, .set, .map: (refinement.lengthMin, refinement.lengthMax) = (count(3), 300 + count(3))
        default: break
        }
        return .refined(refinement)
    }

    mutating func text() -> String {
        let size = chance(20) ? 300 : count(5)
        return String((0..<size).map { _ in "abcÄ€😀\"\\\n0".randomElement(using: &numbers) ?? "a" })
    }

    mutating func number() -> CtyNumber {
        switch count(5) {
        case 0: CtyNumber(Int.random(in: -40...300, using: &numbers))
        case 1: CtyNumber(Int64.random(in: .min ... .max, using: &numbers))
        case 2: CtyNumber(Double(Int.random(in: -999...999, using: &numbers)) / 8) ?? CtyNumber(0)
        case 3: CtyNumber(Double.random(in: -1e30...1e30, using: &numbers)) ?? CtyNumber(0)
        default: CtyNumber("\(numbers.next())\(numbers.next()).\(numbers.next())") ?? CtyNumber(0)
        }
    }
}

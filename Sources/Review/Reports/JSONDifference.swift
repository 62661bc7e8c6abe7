import Foundation
import Model

/// How two texts of JSON differ, part by part: policies and documents that a provider takes as strings.
enum JSONDifference {
    /// Larger ones are compared as text.
    private static let largest = 256 << 10

    /// Nil unless each side is a JSON object or list, or nothing, and one is there at all. Empty where only the writing
    /// differs.
    static func fields(_ before: Value, _ after: Value, of change: FieldChange) -> [FieldReport]? {
        let (old, new) = (document(before), document(after))
        switch (old, new, before, after) {
        case (let old?, let new?, _, _): return differences(old, new, at: FieldPath(), of: change)
        case (nil, let new?, .null, _): return differences(nil, new, at: FieldPath(), of: change)
        case (let old?, nil, _, .null): return differences(old, nil, at: FieldPath(), of: change)
        default: return nil
        }
    }

    private static func document(_ value: Value) -> Value? {
        guard case .string(let text) = value, text.utf8.count <= largest,
            let first = text.first(where: { !$0.isWhitespace }), first == "{" || first == "[",
            let object = try? JSONSerialization.jsonObject(with: Data(text.utf8))
        else { return nil }
        return Value(json: object)
    }

    private static func differences(
        _ before: Value?, _ after: Value?, at path: FieldPath, of change: FieldChange
    ) -> [FieldReport] {
        if before == after { return [] }
        switch (before, after) {
        case (.map(let old)?, .map(let new)?):
            return Set(old.keys).union(new.keys).sorted().flatMap {
                differences(old[$0], new[$0], at: path.appending($0), of: change)
            }
        case (.list(let old)?, .list(let new)?) where (old + new).contains(where: \.hasParts):
            return pairs(old, new).enumerated().flatMap { index, pair in
                differences(pair.0, pair.1, at: path.appending(index), of: change)
            }
        case (nil, .map(let new)?) where !new.isEmpty:
            return new.keys.sorted().flatMap { differences(nil, new[$0], at: path.appending($0), of: change) }
        case (.map(let old)?, nil) where !old.isEmpty:
            return old.keys.sorted().flatMap { differences(old[$0], nil, at: path.appending($0), of: change) }
        case (nil, .list(let new)?) where new.contains(where: \.hasParts):
            return new.enumerated().flatMap {
                differences(nil, $0.element, at: path.appending($0.offset), of: change)
            }
        case (.list(let old)?, nil) where old.contains(where: \.hasParts):
            return old.enumerated().flatMap {
                differences($0.element, nil, at: path.appending($0.offset), of: change)
            }
        default:
            return [
                FieldReport(
                    path.description.safeForDisplay, before.flatMap { DisplayValue(json: $0) },
                    after.flatMap { DisplayValue(json: $0) }, cause: change.cause)
            ]
        }
    }

    /// What stands at the same place, once what is equal at both ends is paired: an item that came first moves no other.
    private static func pairs(_ old: [Value], _ new: [Value]) -> [(Value?, Value?)] {
        if old.count == new.count { return zip(old, new).map { ($0, $1) } }
        let head = zip(old, new).prefix { $0 == $1 }.count
        let tail = zip(old.dropFirst(head).reversed(), new.dropFirst(head).reversed()).prefix { $0 == $1 }
            .count
        let (left, right) = (
            Array(old.dropFirst(head).dropLast(tail)), Array(new.dropFirst(head).dropLast(tail))
        )
        let middle = (0..<max(left.count, right.count)).map { index in
            (index < left.count ? left[index] : nil, index < right.count ? right[index] : nil)
        }
        return old.prefix(head).map { ($0, $0) } + middle + old.suffix(tail).map { ($0, $0) }
    }
}

extension Value {
    fileprivate var hasParts: Bool { !fields.isEmpty || !items.isEmpty }

    /// What JSON holds, its numbers as they read.
    fileprivate init(json object: Any) {
        switch object {
        case let fields as [String: Any]: self = .map(fields.mapValues { Value(json: $0) })
        case let items as [Any]: self = .list(items.map { Value(json: $0) })
        case let text as String: self = .string(text)
        case let number as NSNumber:
            // Foundation reads both `true` and `1` as a number; its type says which of them it was.
            let isBool = String(cString: number.objCType) == "c"
            self = isBool ? .bool(number.boolValue) : .scalar(number.stringValue)
        default: self = .null
        }
    }
}

extension DisplayValue {
    /// In JSON a null is a value.
    fileprivate init?(json value: Value) {
        if value == .null { self.init(.plain, "null") } else { self.init(of: value) }
    }
}

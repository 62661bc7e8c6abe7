package import Model

extension Block {
    /// Where what came of an apply is not what was planned, which is the provider's fault: all that was known then must
    /// be so. No message shows a value.
    package func problems(applied: CtyValue, planned: CtyValue) -> [FieldProblem] {
        problems(applied, planned, FieldPath())
    }

    fileprivate func problems(_ applied: CtyValue, _ planned: CtyValue, _ path: FieldPath) -> [FieldProblem] {
        if planned.isUnknown { return [] }
        if applied.isNull != planned.isNull {
            return [
                FieldProblem(
                    path, applied.isNull ? "was planned, and is absent" : "is there, and was not planned")
            ]
        }
        if applied.isNull { return [] }
        return attributes.flatMap { attribute in
            applied[attribute.name].problems(against: planned[attribute.name], path.appending(attribute.name))
        }
            + blocks.flatMap { block in
                block.problems(applied[block.name], planned[block.name], path.appending(block.name))
            }
    }
}

extension NestedBlock {
    fileprivate func problems(_ applied: CtyValue, _ planned: CtyValue, _ path: FieldPath) -> [FieldProblem] {
        if planned.isUnknown || (nesting != .single && (planned.isNull || applied.isNull)) { return [] }
        switch nesting {
        case .single, .group: return block.problems(applied, planned, path)
        case .list:
            let (items, asked) = (applied.items ?? [], planned.items ?? [])
            guard items.count == asked.count else {
                return [
                    FieldProblem(path, "is there \(items.count) times, and was planned \(asked.count) times")
                ]
            }
            return items.indices.flatMap { block.problems(items[$0], asked[$0], path.appending($0)) }
        case .map:
            let (fields, asked) = (applied.fields ?? [:], planned.fields ?? [:])
            return Set(fields.keys).union(asked.keys).sorted().flatMap { key in
                block.problems(fields[key] ?? .null, asked[key] ?? .null, path.appending(key))
            }
        case .set:
            return (applied.items ?? []).problems(against: planned.items ?? [], path) { item, asked in
                block.problems(item, asked, path).isEmpty
            }
        }
    }
}

extension CtyValue {
    /// Of an attribute, whatever its type.
    fileprivate func problems(against planned: CtyValue, _ path: FieldPath) -> [FieldProblem] {
        switch (planned, self) {
        case (.unknown, _): return []
        case (.refined(let refinement), _):
            return refinement.admits(self)
                ? [] : [FieldProblem(path, "is not within what was planned for it")]
        case (.dynamic(let type, let planned), .dynamic(let own, let value)):
            guard type == own || type.hasDynamic else {
                return [FieldProblem(path, "has another type than planned")]
            }
            return value.problems(against: planned, path)
        case (.list(let planned), .list(let items)):
            guard planned.count == items.count else {
                return [FieldProblem(path, "has \(items.count) items, and \(planned.count) were planned")]
            }
            return items.indices.flatMap { items[$0].problems(against: planned[$0], path.appending($0)) }
        case (.object(let planned), .object(let fields)):
            return Set(planned.keys).union(fields.keys).sorted().flatMap { key in
                (fields[key] ?? .null).problems(against: planned[key] ?? .null, path.appending(key))
            }
        case (.set(let planned), .set(let set)):
            return set.items.problems(against: planned.items, path) { item, asked in
                item.problems(against: asked, path).isEmpty
            }
        default: return self == planned ? [] : [FieldProblem(path, "is not as it was planned")]
        }
    }
}

extension [CtyValue] {
    /// Of a set: each was planned, and each that was planned is there; equal ones may have become one.
    fileprivate func problems(
        against planned: [CtyValue], _ path: FieldPath, _ fits: (CtyValue, CtyValue) -> Bool
    ) -> [FieldProblem] {
        if count > planned.count {
            return [FieldProblem(path, "has \(count) items, and \(planned.count) were planned")]
        }
        let isWhole =
            planned.allSatisfy { asked in contains { fits($0, asked) } }
            && allSatisfy { item in planned.contains { fits(item, $0) } }
        return isWhole ? [] : [FieldProblem(path, "does not have the items that were planned")]
    }
}

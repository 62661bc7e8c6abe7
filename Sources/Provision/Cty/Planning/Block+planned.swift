package import Model

extension Block {
    /// Where a planned state contradicts its configuration, which is the provider's fault: it may decide only what it
    /// computes and nobody has configured, or leave what exists as it is. `config` is what the provider was given. No
    /// message shows a value.
    package func problems(planned: CtyValue, config: CtyValue, prior: CtyValue) -> [FieldProblem] {
        problems(planned, config, prior, FieldPath())
    }

    fileprivate func problems(
        _ planned: CtyValue, _ config: CtyValue, _ prior: CtyValue, _ path: FieldPath
    ) -> [FieldProblem] {
        if planned.isNull != config.isNull {
            let what = planned.isNull ? "to be absent, and is configured" : "to exist, and is not configured"
            return [FieldProblem(path, "is planned \(what)")]
        }
        if planned.isNull || config.isUnknown { return [] }
        return attributes.flatMap { attribute in
            attribute.problems(
                planned[attribute.name], config[attribute.name], prior[attribute.name],
                path.appending(attribute.name))
        }
            + blocks.flatMap { block in
                block.problems(
                    planned[block.name], config[block.name], prior[block.name], path.appending(block.name))
            }
    }
}

extension NestedBlock {
    fileprivate func problems(
        _ planned: CtyValue, _ config: CtyValue, _ prior: CtyValue, _ path: FieldPath
    ) -> [FieldProblem] {
        if nesting != .single, planned.isNull {
            return [FieldProblem(path, "is planned as null, and a block can only be absent")]
        }
        if planned == config { return [] }
        if config.isUnknown { return [FieldProblem(path, "is planned before its configuration is known")] }
        if planned.isUnknown { return [FieldProblem(path, "is planned as unknown, and is configured")] }
        switch nesting {
        case .single, .group: return block.problems(planned, config, prior, path)
        case .list:
            return Items(planned.items ?? [], config.items ?? [], prior.items ?? []).problems(path) {
                block.problems($0, $1, $2, $3)
            }
        case .map:
            return Fields(planned.fields ?? [:], config.fields ?? [:], prior.fields ?? [:]).problems(path) {
                block.problems($0, $1, $2, $3)
            }
        // Nothing says which item of a set is which.
        case .set: return []
        }
    }
}

extension Attribute {
    fileprivate func problems(
        _ planned: CtyValue, _ config: CtyValue, _ prior: CtyValue, _ path: FieldPath
    ) -> [FieldProblem] {
        let (bare, asked, before) = (planned.unrefined, config.unrefined, prior.unrefined)
        if isWriteOnly {
            return planned.isNull ? [] : [FieldProblem(path, "is write-only, and is planned to be kept")]
        }
        if bare == asked { return [] }
        if bare == before, !prior.isNull, !config.isNull { return [] }
        if isComputed, config.isNull || !isOptional { return [] }
        if config.isNull { return [FieldProblem(path, "is planned, and neither configured nor computed")] }
        if let nested { return nested.problems(planned, config, prior, path) }
        return [FieldProblem(path, "is planned otherwise than it is configured")]
    }
}

extension NestedObject {
    fileprivate func problems(
        _ planned: CtyValue, _ config: CtyValue, _ prior: CtyValue, _ path: FieldPath
    ) -> [FieldProblem] {
        if planned.isNull { return [FieldProblem(path, "is planned to be absent, and is configured")] }
        if config.isUnknown { return [] }
        if planned.isUnknown { return [FieldProblem(path, "is planned as unknown, and is configured")] }
        let block = block
        switch nesting {
        case .single, .group: return block.problems(planned, config, prior, path)
        case .list:
            return Items(planned.items ?? [], config.items ?? [], prior.items ?? []).problems(path) {
                block.problems($0, $1, $2, $3)
            }
        case .map:
            return Fields(planned.fields ?? [:], config.fields ?? [:], prior.fields ?? [:]).problems(path) {
                block.problems($0, $1, $2, $3)
            }
        case .set:
            guard planned.items?.count == config.items?.count else {
                return [FieldProblem(path, "is planned with another number of items than configured")]
            }
            return []
        }
    }
}

private typealias Check = (CtyValue, CtyValue, CtyValue, FieldPath) -> [FieldProblem]

private struct Items {
    var (planned, config, prior): ([CtyValue], [CtyValue], [CtyValue])
    init(_ planned: [CtyValue], _ config: [CtyValue], _ prior: [CtyValue]) {
        (self.planned, self.config, self.prior) = (planned, config, prior)
    }
    func problems(_ path: FieldPath, _ check: Check) -> [FieldProblem] {
        guard planned.count == config.count else {
            return [
                FieldProblem(path, "is planned \(planned.count) times, and configured \(config.count) times")
            ]
        }
        return planned.indices.flatMap { index in
            check(
                planned[index], config[index], prior.indices.contains(index) ? prior[index] : .null,
                path.appending(index))
        }
    }
}

private struct Fields {
    var (planned, config, prior): ([String: CtyValue], [String: CtyValue], [String: CtyValue])
    init(_ planned: [String: CtyValue], _ config: [String: CtyValue], _ prior: [String: CtyValue]) {
        (self.planned, self.config, self.prior) = (planned, config, prior)
    }
    func problems(_ path: FieldPath, _ check: Check) -> [FieldProblem] {
        Set(planned.keys).union(config.keys).sorted().flatMap { key in
            guard let planned = planned[key] else {
                return [FieldProblem(path.appending(key), "is configured, and not planned")]
            }
            guard let config = config[key] else {
                return [FieldProblem(path.appending(key), "is planned, and not configured")]
            }
            return check(planned, config, prior[key] ?? .null, path.appending(key))
        }
    }
}

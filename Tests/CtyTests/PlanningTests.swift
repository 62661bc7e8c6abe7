import Cty
import Fixtures
import Model
import Testing

@Suite struct PlanningTests {
    static let item = Block(attributes: [
        .required("key", .string), .computed("id", .string), .computed("size", .number, optional: true),
    ])
    static let block = Block(
        attributes: [
            .required("name", .string), .optional("note", .string), .computed("arn", .string),
            .computed("size", .number, optional: true), .optional("tags", .map(.string)),
            .nested("owners", .set, item.attributes), .nested("main", .single, item.attributes),
            .nested("lines", .list, item.attributes), .nested("named", .map, item.attributes),
        ],
        blocks: [
            NestedBlock("one", .single, item), NestedBlock("many", .list, item),
            NestedBlock("any", .set, item),
            NestedBlock("by", .map, item),
            NestedBlock("all", .group, Block(attributes: [.optional("a", .bool)])),
        ])

    static func item(_ key: String, _ id: CtyValue = .null, _ size: CtyValue = .null) -> CtyValue {
        .object(["key": .string(key), "id": id, "size": size])
    }
    static func object(_ fields: [String: CtyValue]) -> CtyValue {
        .object((block.empty.fields ?? [:]).merging(["name": .string("n")]) { $1 }.merging(fields) { $1 })
    }

    @Test func `what the provider gave stays where nothing is configured, and the configuration wins`() {
        let prior = Self.object(["arn": .string("x"), "size": .number(CtyNumber(3)), "note": .string("old")])
        let proposed = Self.block.proposed(prior: prior, config: Self.object([:]))
        #expect(proposed["arn"] == .string("x") && proposed["size"] == .number(CtyNumber(3)))
        #expect(proposed["note"] == .null)
        let sized = Self.block.proposed(prior: prior, config: Self.object(["size": .unknown]))
        #expect(sized["size"] == .unknown)
    }

    @Test(arguments: ["many", "any", "owners", "lines"])
    func `items find what they were before`(name: String) throws {
        func items(_ items: [CtyValue]) -> [String: CtyValue] {
            [name: ["any", "owners"].contains(name) ? .set(CtySet(items)) : .list(items)]
        }
        let prior = Self.object(items([Self.item("a", .string("1")), Self.item("b", .string("2"))]))
        let config = Self.object(items([Self.item("a"), Self.item("b"), Self.item("c")]))
        let proposed = Self.block.proposed(prior: prior, config: config)
        let found = try #require(proposed[name].items)
        let ids = found.sorted { ($0["key"].string ?? "") < ($1["key"].string ?? "") }.map { $0["id"] }
        #expect(ids == [.string("1"), .string("2"), .null])
    }

    @Test func `an item of a set that says more finds its own before one that says less`() {
        let nine = CtyValue.number(CtyNumber(9))
        let prior = Self.object([
            "any": .set(
                CtySet([
                    Self.item("a", .string("1"), nine), Self.item("a", .string("2"), .number(CtyNumber(3))),
                ]))
        ])
        let config = Self.object(["any": .set(CtySet([Self.item("a"), Self.item("a", .null, nine)]))])
        let ids = Self.block.proposed(prior: prior, config: config)["any"].items?.map { $0["id"] }
        #expect(Set(ids ?? []) == [.string("1"), .string("2")])
    }

    @Test func `an item of a set to which a nested block was added is the one it was`() {
        let outer = Block(
            attributes: [.required("key", .string), .computed("id", .string)],
            blocks: [NestedBlock("part", .list, Self.item)])
        let block = Block(blocks: [NestedBlock("bag", .set, outer)])
        func bag(_ id: CtyValue, _ parts: [CtyValue]) -> CtyValue {
            let item: CtyValue = .object(["key": .string("a"), "id": id, "part": .list(parts)])
            return .object(["bag": .set(CtySet([item]))])
        }
        let proposed = block.proposed(prior: bag(.string("1"), []), config: bag(.null, [Self.item("p")]))
        #expect(proposed["bag"].items?.map { $0["id"] } == [.string("1")])
        let fewer = block.proposed(prior: bag(.string("1"), [Self.item("p")]), config: bag(.null, []))
        #expect(fewer["bag"].items?.map { $0["id"] } == [.null])
    }

    @Test(arguments: [(CtyValue.null, true), (.string("was configured"), false)])
    func `what the provider chose stays, and what was configured in its place is given up`(
        note: CtyValue, stays: Bool
    ) {
        var chosen = Attribute.nested(
            "chosen", .list, [.computed("id", .string), .optional("note", .string)])
        (chosen.isOptional, chosen.isComputed) = (true, true)
        let before = CtyValue.list([.object(["id": .string("1"), "note": note])])
        let proposed = Block(attributes: [chosen])
            .proposed(prior: .object(["chosen": before]), config: .object(["chosen": .null]))
        #expect(proposed["chosen"] == (stays ? before : .null))
    }

    @Test func `items of a set are found by what the provider does not give, and each once`() {
        let prior = Self.object([
            "any": .set(
                CtySet([Self.item("a", .string("1"), .number(CtyNumber(9))), Self.item("a", .string("2"))]))
        ])
        let config = Self.object([
            "any": .set(CtySet([Self.item("a", .null, .number(CtyNumber(9))), Self.item("z")]))
        ])
        let proposed = Self.block.proposed(prior: prior, config: config)
        #expect(
            proposed["any"]
                == .set(CtySet([Self.item("a", .string("1"), .number(CtyNumber(9))), Self.item("z")])))
    }

    @Test func `a data source's own attributes are unknown before it is read`() {
        let proposed = Self.block.proposed(
            prior: .unknown, config: Self.object(["many": .list([Self.item("a")])]))
        #expect(proposed["arn"] == .unknown && proposed["name"] == .string("n"))
        #expect(proposed["many"].items?.first?["id"] == .unknown)
    }

    @Test(arguments: Seeded.seeds(60))
    func `proposing what was proposed changes nothing`(seed: UInt64) {
        var random = Random(seed)
        let prior = random.chance(4) ? CtyValue.null : random.object(Self.block)
        let config = random.object(Self.block)
        let proposed = Self.block.proposed(prior: prior, config: config)
        #expect(Self.block.proposed(prior: proposed, config: config) == proposed)
        #expect(Self.block.problems(planned: proposed, config: config, prior: prior).isEmpty)
        #expect(Self.block.problems(applied: proposed, planned: proposed).isEmpty)
        #expect(Self.block.normalized(proposed) == proposed)
    }

    @Test(
        arguments: [
            (["note": CtyValue.string("x")], "note", "neither configured nor computed"),
            (["name": .string("other")], "name", "otherwise than it is configured"),
            (["many": .list([])], "many", "0 times, and configured 1 times"),
            (["many": .unknown], "many", "as unknown"), (["by": .null], "by", "can only be absent"),
            (["main": .null], "main", "is planned to be absent"),
        ] as [([String: CtyValue], String, String)])
    func `a plan that contradicts its configuration is the provider's fault`(
        planned: [String: CtyValue], path: String, words: String
    ) {
        let config = Self.object(["many": .list([Self.item("a")]), "main": Self.item("m")])
        let plan = CtyValue.object((config.fields ?? [:]).merging(planned) { $1 })
        let problems = Self.block.problems(planned: plan, config: config, prior: .null)
        #expect(problems.map(\.path.description) == [path])
        #expect(problems.first?.message.contains(words) == true, "\(problems)")
    }

    @Test func `a provider may leave what exists as it is, and decide what it computes`() {
        let prior = Self.object(["note": .string("Old")])
        let config = Self.object(["note": .string("old")])
        let planned = Self.object(["note": .string("Old"), "arn": .unknown, "size": .number(CtyNumber(1))])
        #expect(Self.block.problems(planned: planned, config: config, prior: prior).isEmpty)
    }

    @Test(
        arguments: [
            (["arn": CtyValue.string("arn:x")], nil), (["arn": .string("urn:x")], "arn"),
            (["arn": .null], "arn"),
            (["note": .string("other")], "note"), (["many": .list([])], "many"), (["tags": .null], "tags"),
            (["any": .set(CtySet([Self.item("a", .string("1")), Self.item("b")]))], nil),
            (["any": .set(CtySet([Self.item("a", .string("1")), Self.item("c")]))], "any"),
        ] as [([String: CtyValue], String?)])
    func `what was applied must be what was planned`(applied: [String: CtyValue], path: String?) {
        var refinement = Refinement()
        (refinement.isNotNull, refinement.prefix) = (true, "arn:")
        let planned = Self.object([
            "arn": .refined(refinement), "note": .string("n"), "tags": .object(["a": .string("b")]),
            "many": .list([Self.item("a", .unknown)]),
            "any": .set(CtySet([Self.item("a", .unknown), Self.item("b")])),
        ])
        let whole = [
            "arn": .string("arn:1"), "many": .list([Self.item("a", .string("1"))]),
            "any": .set(CtySet([Self.item("a", .string("9")), Self.item("b")])),
        ].merging(applied) { $1 }
        let state = CtyValue.object((planned.fields ?? [:]).merging(whole) { $1 })
        let problems = Self.block.problems(applied: state, planned: planned)
        #expect(Set(problems.map(\.path.description)) == Set([path].compactMap(\.self)))
    }

    @Test func `what the legacy SDK answers is given the form that others have`() {
        let noisy = CtyValue.object(
            (Self.object([:]).fields ?? [:]).merging(["many": .null, "any": .unknown, "all": .null]) { $1 })
        let normalized = Self.block.normalized(noisy)
        #expect(normalized["many"] == .list([]) && normalized["all"] == .object(["a": .null]))
        #expect(
            normalized["any"] == .set(CtySet([.object(["key": .unknown, "id": .unknown, "size": .unknown])])))
        let prior = Self.object(["tags": .null, "note": .null])
        let planned = Self.object(["tags": .object([:]), "note": .string("")])
        #expect(Self.block.withoutNoise(planned, prior: prior, config: Self.object([:])) == prior)
        let asked = Self.object(["note": .string("x")])
        #expect(Self.block.withoutNoise(asked, prior: prior, config: asked) == asked)
    }
}

extension Random {
    /// A value that a configuration may have: what the provider alone gives is null.
    mutating func object(_ block: Block) -> CtyValue {
        var fields: [String: CtyValue] = [:]
        for attribute in block.attributes {
            fields[attribute.name] =
                if attribute.isComputed && !attribute.isOptional {
                    .null
                } else if let nested = attribute.nested {
                    chance(3) ? .null : self.value(nested.nesting) { $0.object(nested.block) }
                } else if attribute.isRequired {
                    .string(text())
                } else {
                    value(of: attribute.type)
                }
        }
        for nested in block.blocks { fields[nested.name] = value(nested.nesting) { $0.object(nested.block) } }
        return .object(fields)
    }
    private mutating func value(_ nesting: Nesting, _ item: (inout Random) -> CtyValue) -> CtyValue {
        switch nesting {
        case .single, .group: return item(&self)
        case .list: return .list((0..<count(3)).map { _ in item(&self) })
        case .set: return .set(CtySet((0..<count(3)).map { _ in item(&self) }))
        case .map:
            return .object(
                Dictionary((0..<count(3)).map { ("k\($0)", item(&self)) }, uniquingKeysWith: { $1 }))
        }
    }
}

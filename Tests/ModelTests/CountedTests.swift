import Model
import Testing

/// What a manifest ignores is no part of what is recorded of it.
struct CountedTests {
    private static let id = ResourceID("infrastructure", "shop", "a")
    private static func counted(_ spec: Expression, _ pointers: [String]) -> Expression {
        var options = ReconcileOptions()
        options.ignore = pointers
        return Manifest(
            id, source: "shop", layer: .provision, engine: "files", spec: spec, options: options
        ).counted
    }
    private static func spec(_ size: Int, _ tags: Expression) -> Expression {
        Expression(folding: [
            "size": .literal(.int(size)), "tags": tags,
            "list": .literal(.list([.string("x"), .map(["y": .int(size)])])),
        ])
    }
    private static let tags = Expression.reference(Reference(id, FieldPath("tags")))
    private static let none = Expression.literal(.map([:]))

    @Test func `without anything to ignore it is the spec`() {
        #expect(Self.counted(Self.spec(1, Self.tags), []) == Self.spec(1, Self.tags))
    }

    @Test(arguments: [["/size", "/list/1/y"], ["/list", "/size"], ["/size", "/list/1"], [""]])
    func `whatever is said under a pointer counts for nothing, and is not what is said without it`(
        pointers: [String]
    ) {
        let one = Self.counted(Self.spec(1, Self.tags), pointers)
        #expect(one == Self.counted(Self.spec(2, Self.tags), pointers.reversed()))
        #expect(one != Self.spec(1, Self.tags) && one != Self.counted(Self.spec(1, Self.tags), ["/tags"]))
    }

    @Test(arguments: ["/tags/a", "/tags/a~1b/c", "/tags/0"])
    func `what a place is in still counts, also where it is one value or nothing`(pointer: String) {
        let all = [Self.tags, Self.none, .literal(.null), .literal(.list([])), .text([.literal("a")])]
        let counted = all.map { Self.counted(Self.spec(1, $0), [pointer, pointer]) }
        #expect(Set(counted + [Self.counted(.literal(.map(["size": .int(1)])), [pointer])]).count == 6)
        #expect(zip(all, counted).allSatisfy { $1 != Self.spec(1, $0) })
    }

    @Test func `a field that is not there is like any that is ignored`() {
        let bare = Expression.literal(.map(["size": .int(1)]))
        let full = Expression(folding: ["size": .literal(.int(1)), "tags": Self.tags])
        #expect(Self.counted(bare, ["/tags"]) == Self.counted(full, ["/tags"]))
        #expect(Self.counted(bare, ["/tags"]) != bare)
    }
}

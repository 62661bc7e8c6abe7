import Model
import Testing

@testable import Secure

struct SealedDescriptionTests {
    private func problems(_ spec: Expression, granted: [String] = ["shop/*"]) -> [FieldProblem] {
        var grants = Grants(projects: ["shop"])
        grants.secrets = granted
        let manifest = Manifest(
            ResourceID("secret", "shop", "db"), source: "shop", layer: .secure, engine: "local", spec: spec)
        return SealedEngine.description(name: "local").check(manifest, grants)
    }
    private func spec(_ path: String, _ more: [String: Value] = [:]) -> Expression {
        .literal(.map(["store": .string("local"), "path": .string(path)].merging(more) { $1 }))
    }

    @Test func `it is the secure layer's embedded engine`() {
        let description = SealedEngine.description(name: "local")
        #expect(description.name == "local" && description.type == "sealed")
        #expect(description.layer == .secure && description.isEmbedded)
    }

    @Test func `a good reference has no problems`() {
        #expect(
            problems(
                spec(
                    "shop/db", ["keys": .list([.string("a")]), "maxAge": .string("30d"), "version": .int(2)])
            ).isEmpty)
    }

    @Test func `each problem names its field`() {
        #expect(
            problems(
                spec("shop/../db", ["mount": .string("kv"), "keys": .list([.string("ok"), .string("a b")])]))
                == [
                    FieldProblem(
                        FieldPath("mount"), "store 'local' takes no field 'mount'",
                        hint: "it takes store, path, keys, maxAge, version"),
                    FieldProblem(
                        FieldPath("path"), "secret path 'shop/../db' has the part '..'",
                        hint: "a path is like shop/db: parts of A-Z a-z 0-9 . _ - joined by /"),
                    FieldProblem(
                        FieldPath("keys").appending(1), "key 'a b' is no name",
                        hint: "a key is made of A-Z a-z 0-9 . _ - and is at most 128 long"),
                ])
        #expect(
            problems(spec("bank/db"))
                == [
                    FieldProblem(
                        FieldPath("path"), "secret path 'bank/db' is not granted to this source",
                        hint:
                            "name 'bank/db', or a pattern of it, under the source's secrets in the controller's configuration, for a local folder with --secrets"
                    )
                ])
    }

    @Test func `a path with a reference is left to the observation`() {
        let reference = Reference(ResourceID("infrastructure", "shop", "env"), FieldPath("name"))
        let spec = Expression.map([
            "path": .text([.literal("bank/"), .reference(reference)]), "mount": .literal(.null),
        ])
        #expect(problems(spec).map(\.path) == [FieldPath("mount")])
    }
}

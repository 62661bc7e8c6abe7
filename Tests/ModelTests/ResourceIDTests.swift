import Fixtures
import Foundation
import Testing

@testable import Model

struct ResourceIDTests {
    @Test(arguments: [
        ("job/shop/web", ResourceID("job", "shop", "web")),
        ("job/shop/web[eu]", ResourceID("job", "shop", "web", key: "eu")),
        ("job/shop/web[a/b/c]", ResourceID("job", "shop", "web", key: "a/b/c")),
        ("job/shop/web[a[b]c]", ResourceID("job", "shop", "web", key: "a[b]c")),
        ("job/shop/web[]]", ResourceID("job", "shop", "web", key: "]")),
        ("job/shop/web[[]", ResourceID("job", "shop", "web", key: "[")),
        ("job/shop/web[]", ResourceID("job", "shop", "web", key: "")),
        ("job/shop/web[größe 3]", ResourceID("job", "shop", "web", key: "größe 3")),
        ("job/shop/web[\u{301}x]", ResourceID("job", "shop", "web", key: "\u{301}x")),
        ("job/shop/web[x\u{200d}]", ResourceID("job", "shop", "web", key: "x\u{200d}")),
        ("job/shop/web[\u{fe0f}]", ResourceID("job", "shop", "web", key: "\u{fe0f}")),
        ("job/shop/web[\n]", ResourceID("job", "shop", "web", key: "\n")),
    ])
    func `an id is read as it is written`(text: String, id: ResourceID) throws {
        let read = try #require(ResourceID(text))
        #expect(read == id)
        #expect(read.key == id.key)
        #expect(id.description == text)
        #expect(try JSONDecoder().decode(ResourceID.self, from: JSONEncoder().encode(id)) == id)
    }

    @Test(arguments: [
        "", "/", "job", "job/web", "/shop/web", "job//web", "job/shop/", "job/shop/web/x", "job/shop/[x]",
        "[x]", "]",
        "job/shop/web[x]/y", "job/shop",
    ])
    func `what is no id is refused`(text: String) { #expect(ResourceID(text) == nil) }

    @Test(arguments: [
        ("job/web", "job/shop/web"), ("job/web[a/b]", "job/shop/web[a/b]"), ("job/bank/web", "job/bank/web"),
    ])
    func `an id without a project is of the reader's own`(text: String, whole: String) {
        #expect(ResourceID(text, project: "shop")?.description == whole)
        #expect(ResourceID(text, project: "shop")?.description(in: "shop") == text)
    }

    @Test func `every id is read back from its text`() {
        var random = Seeded(3)
        let alphabet: [Character] = [
            "a", "/", "[", "]", " ", "'", "\"", "\\", "é", "\u{301}", "\u{200d}", "\u{1F1E9}", "\r",
        ]
        for _ in 0..<500 {
            let key = String(
                (0..<Int.random(in: 0...6, using: &random)).map { _ in
                    alphabet.randomElement(using: &random) ?? "a"
                })
            let id = ResourceID("job", "shop", "web", key: Bool.random(using: &random) ? key : nil)
            #expect(ResourceID(id.description) == id)
        }
    }

    @Test func `ids are ordered by kind, project, name and key`() {
        let texts = ["job/a/a", "job/a/a[b]", "job/a/b", "job/b/a", "service/a/a"]
        #expect(texts.reversed().compactMap { ResourceID($0) }.sorted().map(\.description) == texts)
    }

    @Test func `a broken id is no JSON of one`() {
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(ResourceID.self, from: Data("\"job\"".utf8))
        }
    }
}

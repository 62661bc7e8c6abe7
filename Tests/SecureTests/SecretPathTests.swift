import Testing

@testable import Secure

struct SecretPathTests {
    @Test(arguments: [
        "value", "shop/db", "a/b/c", "..a", "a..b/c.d", "A_-9", String(repeating: "a", count: 200),
    ])
    func `a path names a file, and the file names the path`(text: String) throws {
        let path = try SecretPath(text)
        #expect(path.description == text)
        #expect(SecretPath(fileName: path.fileName) == path)
        #expect(path.fileName.utf8.count < 255)
        #expect(!path.fileName.contains("/"))
    }

    @Test(arguments: [
        ("", "secret path '' is empty"),
        ("/", "secret path '/' has an empty part"),
        ("/shop", "secret path '/shop' has an empty part"),
        ("shop/", "secret path 'shop/' has an empty part"),
        ("shop//db", "secret path 'shop//db' has an empty part"),
        ("..", "secret path '..' has the part '..'"),
        ("shop/../db", "secret path 'shop/../db' has the part '..'"),
        ("./db", "secret path './db' has the part '.'"),
        ("shop db", "secret path 'shop db' holds ' '"),
        ("shop+db", "secret path 'shop+db' holds '+'"),
        ("shop\u{0}", "secret path 'shop\\u{0}' holds '\\u{0}'"),
        ("shop/\u{202e}bd", "secret path 'shop/\\u{202e}bd' holds '\\u{202e}'"),
        ("größe", "secret path 'größe' holds 'ö'"),
        ("٣", "secret path '٣' holds '٣'"),
    ])
    func `what is no path is refused by name`(text: String, message: String) {
        let error = #expect(throws: SealedError.self) { try SecretPath(text) }
        #expect(error?.message == message)
        #expect(error?.reason == .refused)
    }

    @Test func `a path that is too long is refused and not repeated whole`() {
        let error = #expect(throws: SealedError.self) { try SecretPath(String(repeating: "a", count: 5000)) }
        #expect(error?.message.hasSuffix("is longer than 200 bytes") == true)
        #expect((error?.message.count ?? 0) < 300)
    }

    @Test(arguments: [
        ("shop/db", "shop/db", true), ("shop/db", "shop/d", false), ("shop/db", "shop", false),
        ("shop/*", "shop/db", true), ("shop/*", "shop/db/a", false), ("shop/*", "shop", false),
        ("*/db", "shop/db", true), ("*/db", "shop/x", false), ("*", "shop", true), ("*", "shop/db", false),
        ("shop/**", "shop/db", true), ("shop/**", "shop/db/a/b", true), ("shop/**", "shop", false),
        ("shop/**", "shopping/db", false), ("**", "shop", true), ("**", "shop/db", true),
        ("**/db", "shop/db", false), ("sh*/db", "shop/db", false), ("", "shop", false),
        ("shop/", "shop", false),
        ("shop/*/db", "shop/eu/db", true), ("shop/*/db", "shop/eu/x", false),
    ])
    func `a pattern covers whole parts only`(pattern: String, path: String, isCovered: Bool) throws {
        #expect(try SecretPath(path).isCovered(by: pattern) == isCovered)
    }

    @Test(arguments: [
        ".lock", ".new-abc", "shop+db", "sealed", ".sealed", "a b.sealed", "..+x.sealed", "shop++db.sealed",
    ])
    func `other files are no secrets`(name: String) { #expect(SecretPath(fileName: name) == nil) }
}

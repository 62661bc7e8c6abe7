import Fixtures
import Foundation
import Testing

@testable import Store

struct KeyTests {
    @Test func `a key file is made on first use, for its owner only, and read after`() throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "key")
        let key = try StoreKey.file(file)
        #expect(try StoreKey.file(file, mayCreate: false).derived(for: "x") == key.derived(for: "x"))
        let path = file.path(percentEncoded: false)
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["key"])
    }

    @Test(arguments: [0o640, 0o604, 0o660, 0o644])
    func `a key file that others may read is refused`(mode: Int) throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "key")
        _ = try StoreKey.file(file)
        let path = file.path(percentEncoded: false)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        let message = "key file '\(path)' is open to others: its mode is 0\(String(mode, radix: 8))"
        #expect(throws: StoreError.unusableKey(message, hint: "`chmod 600 '\(path)'`")) {
            try StoreKey.file(file)
        }
    }

    @Test func `a key that is missing is not made anew where a database waits for it`() throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "key")
        let path = file.path(percentEncoded: false)
        let error = StoreError.unusableKey(
            "key file '\(path)' is missing", hint: "put the key back that the database was made with")
        #expect(throws: error) { try StoreKey.file(file, mayCreate: false) }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test(arguments: [
        "", "abc", String(repeating: "0", count: 63), String(repeating: "g", count: 64), "AAAA",
    ])
    func `what is no key is refused, and not shown`(text: String) throws {
        #expect {
            try StoreKey(text: text, from: "MARTLET_KEY")
        } throws: { error in
            let expected = "MARTLET_KEY holds no key: 32 bytes in base64 or hex are expected"
            return (error as? StoreError)?.description == expected
        }
        let file = URL(filePath: try TemporaryFolder().write(text, to: "key"))
        #expect(throws: StoreError.self) { try StoreKey.file(file) }
    }

    @Test func `base64 and hex give the same key`() throws {
        let bytes = (0..<32).map { UInt8($0) * 7 }
        let base64 = try StoreKey(text: Data(bytes).base64EncodedString() + "\n", from: "x")
        let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(try StoreKey(text: digits, from: "x").derived(for: "a") == base64.derived(for: "a"))
        #expect(
            try StoreKey(text: digits.uppercased(), from: "x").derived(for: "a") == base64.derived(for: "a"))
    }

    @Test func `keys differ by purpose and by key, and have 32 bytes`() {
        let (one, other) = (StoreKey.random(), StoreKey.random())
        #expect(one.derived(for: "a").count == 32)
        #expect(one.derived(for: "a") == one.derived(for: "a"))
        #expect(one.derived(for: "a") != one.derived(for: "b"))
        #expect(one.derived(for: "a") != other.derived(for: "a"))
    }

    @Test func `a key has no description`() {
        let key = StoreKey.random()
        var dumped = ""
        dump(key, to: &dumped)
        #expect("\(key)" == "(key)" && String(reflecting: key) == "(key)")
        #expect(dumped == "- (key)\n")
    }
}

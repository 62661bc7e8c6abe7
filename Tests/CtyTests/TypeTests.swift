import Cty
import Testing

@Suite struct TypeTests {
    @Test(arguments: [
        #""string""#, #"["list",["set","number"]]"#, #"["map","dynamic"]"#, #"["tuple",["bool","string"]]"#,
        #"["object",{"a":"string","b":["list","bool"]},["b"]]"#, #"["object",{}]"#,
    ])
    func `a type's JSON is read and written`(json: String) throws {
        #expect(try CtyType(json: json.utf8).json == Array(json.utf8))
    }

    @Test(arguments: [
        #""text""#, #"["list"]"#, #"["capsule","x"]"#, #"["object",{"a":"string"},["b"]]"#, "7", "[",
        #""string"x"#,
    ])
    func `what is no type is told so`(json: String) {
        #expect(throws: CtyError.self) { try CtyType(json: json.utf8) }
    }

    @Test(arguments: [
        (#"{"b": 1.0, "a": [true, null]}"#, #"{"a":[true,null],"b":1}"#),
        (#""\u00e9\ud83d\ude00\n\/""#, "\"é😀\\n/\""),
        (#"[1e2, -0.50]"#, "[100,-0.5]"),
    ])
    func `JSON has one text for all that says the same`(json: String, text: String) throws {
        #expect(try JSON(json.utf8).text == text)
    }

    @Test(arguments: [
        "", "[1,]", "{\"a\" 1}", "tru", "\"\u{1}\"", "1 2", String(repeating: "[", count: 5000),
    ])
    func `what is no JSON is told so`(text: String) {
        #expect(throws: CtyError.self) { try JSON(text.utf8) }
    }
}

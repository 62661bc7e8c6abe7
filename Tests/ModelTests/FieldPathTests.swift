import Testing

@testable import Model

struct FieldPathTests {
    @Test(arguments: [
        (FieldPath(), "", ""),
        (
            FieldPath("task").appending("files").appending(0).appending("path"), "/task/files/0/path",
            "task.files[0].path"
        ),
        (FieldPath("a/b"), "/a~1b", "['a/b']"), (FieldPath("a~b"), "/a~0b", "['a~b']"),
        (FieldPath("~1"), "/~01", "['~1']"), (FieldPath(""), "/", "['']"),
        (FieldPath("env").appending("APP_KEY"), "/env/APP_KEY", "env.APP_KEY"),
        (FieldPath("a.b").appending("c"), "/a.b/c", "['a.b'].c"), (FieldPath("größe"), "/größe", "größe"),
        (FieldPath("0"), "/0", "0"), (FieldPath("x\u{1b}[2J"), "/x\u{1b}[2J", "['x\\u{1b}[2J']"),
        (FieldPath("\u{3164}"), "/\u{3164}", "['\\u{3164}']"),
    ])
    func `a path is a pointer and a text`(path: FieldPath, pointer: String, text: String) {
        #expect(path.pointer == pointer)
        #expect(path.description == text)
    }

    @Test(arguments: [
        ("/task/env", true), ("/task", true), ("", true), ("/task/env/A", true), ("/task/en", false),
        ("/task/env/A/b", false), ("task/env", false), ("/task/env/", false), ("/", false),
    ])
    func `a pointer covers what it names and all below`(pointer: String, isCovered: Bool) {
        let path = FieldPath("task").appending("env").appending("A")
        #expect(path.isCovered(by: pointer) == isCovered)
    }

    @Test func `indices are ordered as numbers, and a path before what is below it`() {
        let paths = [
            FieldPath(), FieldPath("a"), FieldPath("a").appending(2), FieldPath("a").appending(10),
            FieldPath("a").appending("b"), FieldPath("b"),
        ]
        #expect(paths.shuffled().sorted() == paths)
    }

    @Test func `a path finds what stands at it`() {
        let value = Value.map(["a": .list([.int(1), .map(["b": .null])]), "c": .string("s")])
        #expect(value[FieldPath()] == value)
        #expect(value[FieldPath("a").appending(1).appending("b")] == .null)
        for path in [
            FieldPath("x"), FieldPath("a").appending(2), FieldPath("a").appending(-1),
            FieldPath("a").appending("0"),
            FieldPath("c").appending("d"), FieldPath([.index(0)]),
        ] { #expect(value[path] == nil, "\(path)") }
    }
}

import Foundation
import Model
import Testing

@testable import Review

@Suite struct WordingTests {
    @Test(arguments: [
        (0, "0 ms"), (40, "40 ms"), (99, "99 ms"), (100, "0.1 s"), (3140, "3.1 s"), (4000, "4 s"),
        (46_000, "46 s"),
        (119_999, "119 s"), (120_000, "2 min"), (3_599_999, "59 min"), (3_600_000, "1 h"),
        (3_900_000, "1 h 5 min"),
        (86_400_000, "1 d"), (273_600_000, "3 d 4 h"), (864_000_000, "10 d"),
    ]) func `a length of time in words`(milliseconds: Int, words: String) {
        #expect(Elapsed(milliseconds: milliseconds).description == words)
    }

    @Test func `ages and what is ahead`() {
        let now = Example.now
        #expect(Example.ago(125).ago(now) == "2 min ago")
        #expect(Example.ago(1, milliseconds: 900).ago(now) == "1 s ago")
        #expect(Example.ago(-46).ahead(now) == "in 46 s")
        #expect(Example.ago(3).ahead(now) == "now")
        #expect(Example.ago(-3).ago(now) == "just now")
        #expect(Elapsed(milliseconds: 7000).clock == "00:07")
        #expect(Elapsed(milliseconds: 3_727_000).clock == "1:02:07")
    }

    @Test(arguments: [
        ([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c"),
        (["a", "b", "c", "d", "e"], "a, b and 3 more"),
    ]) func `a list in words`(names: [String], words: String) { #expect(listed(names) == words) }

    @Test func `one and many`() {
        #expect(counted(1, "line") == "1 line")
        #expect(counted(0, "line") == "0 lines")
        #expect(counted(2, "delete waits", "deletes wait") == "2 deletes wait")
    }

    @Test(arguments: [
        (1_795_269_731_000, "2026-11-21T14:02:11Z"), (1_795_269_731_250, "2026-11-21T14:02:11.250Z"),
        (0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59.999Z"),
        (951_782_400_000, "2000-02-29T00:00:00Z"),
        (4_107_542_400_000, "2100-03-01T00:00:00Z"),
    ]) func `a time as RFC 3339, and back`(milliseconds: Int, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).description == text)
        #expect(Timestamp(text) == Timestamp(milliseconds: milliseconds))
        #expect(Timestamp(Date(timeIntervalSince1970: Double(milliseconds) / 1000)).description == text)
    }

    @Test(arguments: [
        "", "2026-11-21", "2026-02-30T00:00:00Z", "2026-11-21T14:02:11+01:00", "2026-11-21 14:02:11Z",
    ])
    func `what is no time of RFC 3339 in UTC is refused`(text: String) { #expect(Timestamp(text) == nil) }

    @Test func `a time is shown by the reader's clock`() {
        #expect(Example.now.stamp(Style(utcOffset: 3600 * 11)) == "2026-11-22 01:02:11")
        #expect(Example.now.stamp(Style(utcOffset: -3600 * 15)) == "2026-11-20 23:02:11")
    }

    @Test(arguments: [
        ("plain", 10, "plain"), ("exactly ten", 11, "exactly ten"), ("abcdefghij", 7, "abc…hij"),
        ("漢字漢字漢字", 7, "漢…字"), ("e\u{301}e\u{301}e\u{301}", 3, "e\u{301}e\u{301}e\u{301}"),
    ]) func `a long text is shortened in the middle`(text: String, width: Int, expected: String) {
        #expect(text.shortened(to: width) == expected)
    }

    @Test func `two long texts are shortened around their difference`() {
        let text = String(repeating: "x", count: 100)
        let (one, other) = String.shortened(text + "1" + text, text + "2" + text, to: 40)
        #expect(one == "xxxx…xxx1xxxxxxxxxxxxx…xxxxxxxxxxxxxxxxx")
        #expect(other == "xxxx…xxx2xxxxxxxxxxxxx…xxxxxxxxxxxxxxxxx")
    }

    @Test(arguments: [
        ("a \"quoted\" C:\\path", "a \"quoted\" C:\\path"), ("\u{1b}[31m \\ \"", "\\u{1b}[31m \\\\ \""),
        ("tab\tnew\nline", "tab\\tnew\\nline"), ("\u{202e}abc", "\\u{202e}abc"),
    ]) func `a text from outside is escaped once`(text: String, expected: String) {
        #expect(text.safeForDisplay == expected)
        #expect(text.safeForDisplay.safeForDisplay == expected)
    }

    @Test(arguments: [
        ("@all", "@&#8203;all"), ("#12", "#&#8203;12"), ("GH-12", "GH-&#8203;12"),
        ("<b>&", "&lt;b&gt;&amp;&#8203;"),
        ("a_b*c`d", "a\\_b\\*c\\`d"),
        ("https://x.org", "https:&#8203;//x.org"), ("www.x.org", "www&#8203;.x.org"),
        ("[a](b)", "\\[&#8203;a\\](b)"), ("[issue:12]", "\\[&#8203;issue:12\\]"),
        ("[[page]]", "\\[&#8203;\\[&#8203;page\\]\\]"), ("!12", "!&#8203;12"), ("&12", "&amp;&#8203;12"),
        ("~bug %v1 $12", "\\~&#8203;bug %&#8203;v1 \\$&#8203;12"), ("^alert#1", "^&#8203;alert#&#8203;1"),
        ("*iteration:1", "\\*&#8203;iteration:1"), ("{+ a +}", "{&#8203;+ a +}"),
        ("gl-12", "gl-&#8203;12"), ("SHOP_2-12", "SHOP\\_2-&#8203;12"), ("eu-west-1", "eu-west-1"),
        ("8a01b44c9e8d7f6a", "8a01b4&#8203;4c9e8d&#8203;7f6a"), ("face 123456", "face 123456"),
        ("10485914 bytes", "10485914 bytes"), ("1048591a", "1048591&#8203;a"),
        (":+1: 1:2", ":+1&#8203;: 1:2"), ("job::web", "job::web"),
        ("at 14:02:11", "at 14:02:11"), (":100:", ":100&#8203;:"),
    ]) func `prose is nothing but prose for a forge`(text: String, expected: String) {
        #expect(Markdown.prose(text) == expected)
    }

    @Test(arguments: [("a", "`a`"), ("a`b", "``a`b``"), ("`", "`` ` ``"), ("a|b", "`a\\|b`"), ("", "")])
    func `code holds any backticks`(text: String, expected: String) {
        #expect(Markdown.code(text) == expected)
    }

    @Test func `a duration is not broken between its number and its unit`() {
        let lines = Line(Piece("seen 2 min ago and 14 s ago")).wrapped(to: 7, hanging: 1)
        #expect(
            lines.map { $0.rendered(colour: false) } == ["seen", " 2 min", " ago", " and", " 14 s", " ago"])
    }
}

import Fixtures
import Model
import Testing

@testable import Manifests

/// What is read the quick way is what libyaml reads, node by node and place by place; and most is read that way.
@Suite struct CommonYAMLTests {
    @Test(arguments: Seeded.seeds(50))
    func `the quick way and libyaml agree on whatever is written`(seed: UInt64) {
        var random = Seeded(seed)
        var (whole, quick) = (0, 0)
        for _ in 0..<100 {
            let changes = Int.random(in: 0...3, using: &random)
            var text = Self.texts.randomElement(using: &random) ?? ""
            for _ in 0..<changes { Self.change(&text, &random) }
            let isQuick = expectAgreement(on: text)
            if changes == 0 { (whole, quick) = (whole + 1, quick + (isQuick ? 1 : 0)) }
        }
        #expect(quick == whole)
    }

    @Test(arguments: Seeded.seeds(50))
    func `the quick way and libyaml agree on what means nothing`(seed: UInt64) {
        var random = Seeded(seed)
        for _ in 0..<100 {
            var text = ""
            for _ in 0..<Int.random(in: 1...14, using: &random) {
                text += Self.pieces.randomElement(using: &random) ?? ""
            }
            expectAgreement(on: text + "\n")
        }
    }

    @Test(
        "leaves the rest to libyaml",
        arguments: [
            "a: b", "a: ä\n", "a: b\r\n", "a:\tb\n", "a: &b c\n", "a: !!str b\n", "a: >\n  b\n",
            "a: |-\n  b\n",
            "a: \"\\n\"\n", "a: 'it''s'\n", "a: b\n  c\n", "a:\nb: c\n", "[a, b]\n", "a: [b,\n c]\n", "? a\n",
            "{\"a\": 1}\n", "a: {\"b\": 1}\n", "a: [b, ]\n", "a: 1\na: 2\n", "a: b: c\n",
            "%YAML 1.2\n---\na: b\n",
            "a: b\n...\n", "--- a\n", "a: ''\nb\n", "a: b\n c: d\n",
        ])
    func uncommon(text: String) {
        #expect(!expectAgreement(on: text))
    }

    @Test func `limits hold, whoever reads`() {
        var limits = ReadingLimits()
        (limits.depth, limits.nodes, limits.scalar) = (3, 8, 5)
        for text in ["a:\n  b:\n    c: {d: e}\n", "a: [b, c, d, e, f, g]\n", "a: abcdef\n"] {
            expectAgreement(on: text, limits)
            let (_, problem) = Array(text.utf8).withUnsafeBytes { Tree.read($0, limits: limits) }
            #expect(problem != nil, "\(text)")
        }
    }

    /// Returns whether it was read the quick way.
    @discardableResult
    private func expectAgreement(on text: String, _ limits: ReadingLimits = ReadingLimits()) -> Bool {
        Array(text.utf8).withUnsafeBytes { bytes in
            guard let quick = CommonYAML.read(bytes, limits: limits) else { return false }
            let (tree, problem) = Tree.readAny(bytes, limits: limits)
            #expect(problem == nil, "\(text.debugDescription)")
            #expect(quick == tree, "\(text.debugDescription)")
            return true
        }
    }

    private static func change(_ text: inout String, _ random: inout Seeded) {
        var bytes = Array(text.utf8)
        let place = Int.random(in: 0...bytes.count, using: &random)
        let piece = Array((pieces.randomElement(using: &random) ?? "").utf8)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes.insert(contentsOf: piece, at: place)
        case 1: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...4, using: &random)))
        case 2: bytes.replaceSubrange(place..<min(bytes.count, place + 1), with: piece)
        case 3: bytes.removeSubrange(place...)
        default:
            var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map(
                Array.init)
            let (one, other) = (
                lines.indices.randomElement(using: &random) ?? 0,
                lines.indices.randomElement(using: &random) ?? 0
            )
            lines.swapAt(one, other)
            bytes = Array(lines.joined(separator: [UInt8(ascii: "\n")]))
        }
        text = String(decoding: bytes, as: UTF8.self)
        if Bool.random(using: &random) { text += "\n" }
    }

    private static let pieces = [
        "a", "b:", "c: ", "d: e\n", "- ", "-", "- f\n", "---\n", "---", "...\n", "\n", "\n\n", " ", "  ",
        "    ", "\n  ",
        "\n    ", "#", " # g\n", "'", "\"", "''", "\"\"", "'h'", "\"i\"", "\\", "|", "|\n", ": |\n  j\n", ">",
        ">-\n", "{",
        "}", "{}", "[", "]", "[]", "[k, l]", "{m: n}", ",", ", ", ":", ": ", "?", "? ", "&o ", "*o", "!",
        "!!str ", "%",
        "@", "`", "$", "${p.q}", "~", "null", "<<: ", "0x1F", "-1", "--r", "\t", "\r", "ä", "\u{7F}", "\u{7}",
        "=", "http://s",
    ]

    private static let texts = [
        """
        # A page.
        apiVersion: martlet/v1
        kind: Infrastructure
        metadata:
          name: page-1   # its name
          labels:
            team: team-1
        spec:
          type: file
          config:
            path: ${infrastructure['part-1'].path}/page.conf
            mode: "0644"
            content: |
              listen = 127.0.0.1:80

                # indented
              upstream = ${infrastructure['page-2'].path}

        reconcile: {onDrift: warn, onRemove: delete, suspend: {reason: not yet (soon), until: 2027-01-31}}

        """,
        """
        ---
        apiVersion: martlet/v1
        kind: Job
        metadata: {name: web}
        dependsOn: [job/migrate, job/other]
        spec:
          task:
            command: /usr/local/bin/web
            args:
            - --listen
            - "127.0.0.1:${port.http}"
            - -v
            - 'it is # no comment'
            ports: {http: {}, admin: {static: 8080}, none: []}
            health:
              - http: /healthz
                port: http
                args:
                - a
                - b

              # between
              - http: /other
                interval: 10s
            env: {A: "x", B: 'y: z'}
        ---
        apiVersion: martlet/v1
        kind: Service
        spec: {checks: [{tcp: true}], allow: [[a, b], []]}
        ---
        ---
        a: ~

        """,
    ]
}

import Foundation

/// A made-up repository: folders of 500 manifests, each a host file in its folder; some refer to a neighbour, too.
struct Repository {
    static let filesPerFolder = 500
    static let empty = GitHistory.empty
    static let base = GitHistory.base
    static let changed = GitHistory.changed

    let url: URL
    let count: Int

    /// Made once for each size, and found again by later runs.
    init(of count: Int, seed: UInt64, under folder: URL) throws {
        self.count = count
        url = folder.appending(path: "\(count)-\(seed)-2.git")
        guard !FileManager.default.fileExists(atPath: url.filePath) else { return }
        var random = SplitMix64(seed)
        let files = (0..<count).map { index in
            GitHistory.File(
                path: Self.path(index), text: Self.manifest(index, of: count, word: random.next()))
        }
        // The last of the first folder: neither a folder nor referred to.
        let index = min(count, Self.filesPerFolder) - 1
        let changed = GitHistory.File(
            path: Self.path(index), text: Self.manifest(index, of: count, word: random.next()))
        try GitHistory(files, changed: changed, room: count * 640).write(to: url)
    }

    private static func path(_ index: Int) -> String { "\(folder(index))/\(name(index)).yaml" }
    private static func folder(_ index: Int) -> String { "part-\(padded(index / filesPerFolder, 3))" }
    private static func name(_ index: Int) -> String {
        index % filesPerFolder == 0 ? folder(index) : "page-\(padded(index, 6))"
    }
    private static func padded(_ number: Int, _ digits: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    private static func manifest(_ index: Int, of count: Int, word: UInt64) -> String {
        let folder = folder(index)
        guard index % filesPerFolder > 0 else {
            return head(folder, word: word) + """
                  type: directory
                  config: {path: "${var.root}/\(folder)", mode: "0755"}

                """
        }
        let name = name(index)
        let refersToNeighbour = index % 10 == 1 && index % filesPerFolder > 1
        let neighbour =
            refersToNeighbour
            ? "${infrastructure['\(self.name(index - 1))'].path}" : "/srv/\(padded(index, 6))"
        return head(name, word: word) + """
              type: file
              config:
                path: ${infrastructure['\(folder)'].path}/\(name).conf
                mode: "0644"
                content: |
                  listen = 127.0.0.1:\(1024 + word % 60_000)
                  upstream = \(neighbour)
            reconcile: {onDrift: \(word % 3 == 0 ? "warn" : "correct"), onRemove: delete}

            """
    }

    private static func head(_ name: String, word: UInt64) -> String {
        """
        apiVersion: martlet/v1
        kind: Infrastructure
        metadata:
          name: \(name)
          labels:
            team: team-\(word % 12)
            tier: web
            zone: eu-\(word % 5)
            cost: c\(word % 900)
          annotations:
            owner: team-\(word % 12)@example.org
            ticket: SHOP-\(word % 9000)
            token: \(String(word, radix: 16))
        spec:
          provider: host

        """
    }
}

/// The same numbers for the same seed, on every machine.
struct SplitMix64 {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

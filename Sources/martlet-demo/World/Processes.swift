import Foundation

/// The processes of this machine that have to do with the demo.
enum Processes {
    /// Whoever names the folder in its arguments, or was started by this process; none after a clean end.
    static func left(of folder: String) -> [String] {
        running().filter { id, words in names(folder, words) || parent(of: id) == getpid() }.map {
            id, words in
            "\(id) \(words.joined(separator: " "))"
        }
    }

    /// How many of the shop's web servers there are.
    static func countWebs(of folder: String) -> Int {
        running().count { names(folder, $0.words) && $0.words.dropFirst().first == "web" }
    }

    /// Kills whoever of Martlet's programs names the folder: controllers, and jobs, whose shims end with them.
    static func end(of folder: String) {
        let deadline = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < deadline {
            let found = running().filter {
                names(folder, $0.words) && $0.words.first?.contains("/martlet") ?? false
            }
            guard !found.isEmpty else { return }
            for (id, _) in found { kill(id, SIGKILL) }
            usleep(20_000)
        }
    }

    private static func names(_ folder: String, _ words: [String]) -> Bool {
        words.contains { $0.contains(folder) }
    }

    /// All but this one, with their arguments.
    private static func running() -> [(id: Int32, words: [String])] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap(Int32.init).filter { $0 != getpid() }.compactMap { id in
            guard let bytes = FileManager.default.contents(atPath: "/proc/\(id)/cmdline") else { return nil }
            return (id, bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) })
        }
    }

    private static func parent(of id: Int32) -> Int32? {
        guard let bytes = FileManager.default.contents(atPath: "/proc/\(id)/stat") else { return nil }
        // The name, in parentheses, may hold anything; state and parent follow the last one.
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.lastIndex(of: ")") else { return nil }
        return text[text.index(after: end)...].split(separator: " ").dropFirst().first.flatMap { Int32($0) }
    }
}

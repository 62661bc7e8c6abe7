import Foundation

/// The processes of this machine that have to do with the demo.
enum Processes {
    /// Whoever names the folder in its arguments, or was started by this process; none after a clean end.
    static func left(of folder: String) -> [String] {
        let own = "\(getpid())"
        let ids = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return ids.filter { $0.allSatisfy(\.isNumber) && $0 != own }.compactMap { id in
            guard let bytes = FileManager.default.contents(atPath: "/proc/\(id)/cmdline") else { return nil }
            let words = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            let isOurs = words.contains { $0.contains(folder) } || parent(of: id) == own
            return isOurs ? "\(id) \(words.joined(separator: " "))" : nil
        }
    }

    private static func parent(of id: String) -> String? {
        guard let bytes = FileManager.default.contents(atPath: "/proc/\(id)/stat") else { return nil }
        // The name, in parentheses, may hold anything; state and parent follow the last one.
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.lastIndex(of: ")") else { return nil }
        return text[text.index(after: end)...].split(separator: " ").dropFirst().first.map(String.init)
    }
}

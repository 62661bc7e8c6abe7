import Glibc
import Model

/// How an instance's program ended, as its shim wrote it.
enum InstanceEnding: Hashable, Sendable {
    case exited(Int, outOfMemory: Bool)
    case killed(signal: Int, outOfMemory: Bool)
    /// It never ran.
    case failed(String)

    init?(_ text: String) {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count >= 2 else { return nil }
        switch words[0] {
        case "exited":
            guard let code = Int(words[1]) else { return nil }
            self = .exited(code, outOfMemory: words.last == "oom")
        case "signal":
            guard let signal = Int(words[1]) else { return nil }
            self = .killed(signal: signal, outOfMemory: words.last == "oom")
        case "failed":
            guard words.count == 3, let code = Int32(words[2]) else { return nil }
            self = .failed(Self.failure(at: words[1], code))
        default: return nil
        }
    }
    private static func failure(at stage: Substring, _ code: Int32) -> String {
        let cause = EngineError.reason(code)
        return switch stage {
        case "x": "its command can't be run: \(cause)"
        case "d": "its folder can't be entered: \(cause)"
        case "u": "its user can't be taken: \(cause)"
        case "c": "its cgroup can't be entered: \(cause)"
        default: "it can't be started: \(cause)"
        }
    }

    var isSuccess: Bool { self == .exited(0, outOfMemory: false) }
    var description: String {
        switch self {
        case .exited(let code, let outOfMemory): "exit code \(code)\(outOfMemory ? ", out of memory" : "")"
        case .killed(let signal, let outOfMemory):
            outOfMemory ? "killed: out of memory" : "killed by signal \(signal)"
        case .failed(let why): why
        }
    }
}

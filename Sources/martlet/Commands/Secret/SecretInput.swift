import Foundation
import Model

/// Values as standard input gives them.
enum SecretInput {
    /// For one key all of it without its last newline; for several a JSON object, or `KEY=VALUE` lines.
    static func read(_ keys: [String], from file: FileHandle) throws -> [String: [UInt8]] {
        try values(of: keys, in: try file.readToEnd() ?? Data())
    }

    static func values(of keys: [String], in input: Data) throws(SecretInputError) -> [String: [UInt8]] {
        var found: [String: [UInt8]]
        if keys.count == 1 {
            var bytes = Array(input)
            if bytes.last == UInt8(ascii: "\n") {
                bytes.removeLast()
                if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
            }
            found = [keys[0]: bytes]
        } else if input.first(where: { !" \t\r\n".utf8.contains($0) }) == UInt8(ascii: "{") {
            found = try object(input)
        } else {
            found = try lines(input)
        }
        for key in keys where found[key]?.isEmpty ?? true {
            throw found[key] == nil ? .missing(key) : .empty(key)
        }
        if let other = found.keys.sorted().first(where: { !keys.contains($0) }) { throw .unasked(other) }
        return found
    }

    private static func object(_ input: Data) throws(SecretInputError) -> [String: [UInt8]] {
        guard let values = try? JSONDecoder().decode([String: String].self, from: input) else {
            throw .noStrings
        }
        return values.mapValues { Array($0.utf8) }
    }

    private static func lines(_ input: Data) throws(SecretInputError) -> [String: [UInt8]] {
        var found: [String: [UInt8]] = [:]
        let lines = input.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (number, line) in lines.enumerated() where !line.isEmpty {
            guard let mark = line.firstIndex(of: UInt8(ascii: "=")), mark != line.startIndex,
                let key = String(bytes: line[..<mark], encoding: .utf8)
            else { throw .noAssignment(line: number + 1) }
            guard found[key] == nil else { throw .twice(line: number + 1) }
            found[key] = Array(line[line.index(after: mark)...])
        }
        return found
    }
}

/// Why the values that were given can't be used. It never holds one: what stands where a key should be might be one too.
enum SecretInputError: Error, Hashable {
    case empty(String)
    case missing(String)
    case unasked(String)
    case unequal(String)
    case noStrings
    case noAssignment(line: Int)
    case twice(line: Int)
    case cancelled
    case noTerminal

    var diagnostic: Diagnostic {
        switch self {
        case .empty(let key): Diagnostic(.error, "the value of '\(key)' is empty")
        case .missing(let key):
            Diagnostic(
                .error, "standard input gives no '\(key)'",
                hint: "for several keys it is KEY=VALUE lines, or a JSON object")
        case .unasked:
            Diagnostic(
                .error, "standard input gives a key that was not named", hint: "name all keys after the path")
        case .unequal(let key): Diagnostic(.error, "the two values of '\(key)' are not the same")
        case .noStrings: Diagnostic(.error, "standard input begins like JSON, and is no object of strings")
        case .noAssignment(let line):
            Diagnostic(
                .error, "line \(line) of standard input is no KEY=VALUE",
                hint: "a value of several lines needs a JSON object, or a 'put' of its own")
        case .twice(let line):
            Diagnostic(.error, "line \(line) of standard input gives a key for the second time")
        case .cancelled: Diagnostic(.error, "cancelled; nothing was stored")
        case .noTerminal: Diagnostic(.error, "the terminal can't be asked")
        }
    }
}

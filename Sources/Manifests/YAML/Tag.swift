import CYAML
import Model

/// Tags of YAML's core schema; any other is refused, because nobody here would know what it means.
enum Tag {
    private static let core = "tag:yaml.org,2002:"

    /// How a scalar with a tag is read: `!!str` makes a string of anything, the others ask for their form.
    static func kind(
        _ tag: UnsafePointer<yaml_char_t>?, of bytes: UnsafeBufferPointer<UInt8>, at place: Place
    ) throws(Problem) -> Node.Kind {
        let tag = tag.map { String(cString: $0) } ?? "!"
        let isOfItsForm: Bool
        switch tag {
        case "!", core + "str": return .quoted
        case core + "null": isOfItsForm = Core.isNull(bytes)
        case core + "bool": isOfItsForm = Core.bool(bytes) != nil
        case core + "int": isOfItsForm = Core.isInt(bytes)
        case core + "float": isOfItsForm = Core.isNumber(bytes)
        default: throw unknown(tag, place)
        }
        guard isOfItsForm else {
            let text = String(decoding: bytes, as: UTF8.self).escapedForDisplay
            throw Problem(place, "'\(text)' is no '!!\(tag.dropFirst(core.count))'")
        }
        return .plain
    }

    static func check(
        _ tag: UnsafePointer<yaml_char_t>?, _ kind: Node.Kind, at place: Place
    ) throws(Problem) {
        guard let tag = tag.map({ String(cString: $0) }), tag != "!" else { return }
        guard tag == core + (kind == .mapping ? "map" : "seq") else { throw unknown(tag, place) }
    }

    private static func unknown(_ tag: String, _ place: Place) -> Problem {
        let name = tag.hasPrefix(core) ? "!!\(tag.dropFirst(core.count))" : tag
        return Problem(
            place, "unknown tag '\(name.escapedForDisplay)'", hint: "write the value without a tag")
    }
}

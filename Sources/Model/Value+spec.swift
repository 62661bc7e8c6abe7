/// How a layer reads its typed form of a spec. The loader has checked what was written; what a reference gave is
/// checked here, so each of these throws `.waitForChange`, naming the field.
extension Value {
    /// A field that must be there.
    package func required<T>(_ name: String, _ read: (Value) -> T?) throws(EngineError) -> T {
        guard let value = try optional(name, read) else {
            throw EngineError(.waitForChange, "'\(name)' is missing")
        }
        return value
    }
    /// A field that may be left out.
    package func optional<T>(_ name: String, _ read: (Value) -> T?) throws(EngineError) -> T? {
        guard let field = self[name], field != .null else { return nil }
        guard let value = read(field) else {
            throw EngineError(.waitForChange, "'\(name)' cannot be \(field)")
        }
        return value
    }
    /// A list of objects; empty where it is left out.
    package func objects<T>(
        _ name: String, _ read: (Value) throws(EngineError) -> T
    ) throws(EngineError) -> [T] {
        var objects: [T] = []
        for item in self[name]?.items ?? [] { objects.append(try read(item)) }
        return objects
    }
    package var strings: [String] { items.compactMap(\.string) }
    package var stringMap: [String: String] { fields.compactMapValues(\.string) }
    package var span: Span? { string.flatMap { Span($0) } }
}

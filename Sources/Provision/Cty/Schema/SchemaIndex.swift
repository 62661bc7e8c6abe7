/// Where each schema is in the bytes of a provider's answer to `GetProviderSchema`, in protocol 5 or 6. Finding all takes
/// about a millisecond for the largest provider, and a schema is read only when it is asked for.
package struct SchemaIndex: Sendable {
    /// The whole answer, to be kept by whoever calls.
    package let bytes: [UInt8]
    package let abilities: Set<Ability>
    private let provider: Range<Int>?
    private var resources: [String: Range<Int>] = [:]
    private var dataSources: [String: Range<Int>] = [:]

    /// What the provider can do beyond the first of its protocol.
    package enum Ability: Int, Sendable, Hashable {
        /// It wants to plan a destroy too.
        case planDestroy = 1
        /// It need not be asked for its schemas by whoever has kept them.
        case schemaOptional, moveState
    }

    package init(_ bytes: [UInt8]) throws(CtyError) {
        self.bytes = bytes
        var (provider, resources, dataSources) = (
            Range<Int>?.none, [String: Range<Int>](), [String: Range<Int>]()
        )
        var abilities: Set<Ability> = []
        var fields = FieldReader(bytes)
        while let field = try fields.next() {
            guard case .bytes(let range) = field.content else { continue }
            switch field.number {
            case 1: provider = range
            case 2: try Self.add(range, in: bytes, to: &resources)
            case 3: try Self.add(range, in: bytes, to: &dataSources)
            case 6: abilities = try Self.abilities(in: bytes, range)
            default: break
            }
        }
        (self.provider, self.resources, self.dataSources) = (provider, resources, dataSources)
        self.abilities = abilities
    }

    private static func abilities(in bytes: [UInt8], _ range: Range<Int>) throws(CtyError) -> Set<Ability> {
        var abilities: Set<Ability> = []
        var fields = FieldReader(bytes, range)
        while let field = try fields.next() {
            guard case .number(let flag) = field.content, flag != 0,
                let ability = Ability(rawValue: field.number)
            else { continue }
            abilities.insert(ability)
        }
        return abilities
    }

    private static func add(_ entry: Range<Int>, in bytes: [UInt8], to ranges: inout [String: Range<Int>])
        throws(CtyError)
    {
        var (name, schema) = ("", entry.upperBound..<entry.upperBound)
        var fields = FieldReader(bytes, entry)
        while let field = try fields.next() {
            guard case .bytes(let range) = field.content else { continue }
            if field.number == 1 { name = String(decoding: bytes[range], as: UTF8.self) }
            if field.number == 2 { schema = range }
        }
        ranges[name] = schema
    }

    package var resourceNames: some Collection<String> { resources.keys }
    package var dataSourceNames: some Collection<String> { dataSources.keys }

    /// Nil where there is no such type.
    package func resource(_ name: String) throws(CtyError) -> Schema? { try schema(resources[name]) }
    package func dataSource(_ name: String) throws(CtyError) -> Schema? { try schema(dataSources[name]) }
    /// What the provider's own configuration takes.
    package func configuration() throws(CtyError) -> Schema { try schema(provider) ?? Schema() }

    private func schema(_ range: Range<Int>?) throws(CtyError) -> Schema? {
        guard let range else { return nil }
        return try SchemaReader(bytes: bytes).schema(range)
    }
}

/// What one resource type, data source or provider takes and gives.
package struct Schema: Sendable, Hashable {
    /// Of the states that are written by it.
    package var version = 0
    package var block = Block()
    package init() {}
}

/// Attributes, and blocks in them.
package struct Block: Sendable, Hashable {
    package var attributes: [Attribute]
    package var blocks: [NestedBlock]
    /// The type of the object that it describes.
    package let type: CtyType
    /// Of all attributes and blocks.
    package let names: [String]
    /// Whether anything in it must not be shown.
    let holdsSecrets: Bool
    /// Whether anything in it must not be kept.
    let holdsWriteOnly: Bool

    package init(attributes: [Attribute] = [], blocks: [NestedBlock] = []) {
        (self.attributes, self.blocks) = (attributes, blocks)
        names = attributes.map(\.name) + blocks.map(\.name)
        holdsSecrets = attributes.contains(where: \.holdsSecrets) || blocks.contains { $0.block.holdsSecrets }
        holdsWriteOnly =
            attributes.contains(where: \.holdsWriteOnly) || blocks.contains { $0.block.holdsWriteOnly }
        type = .object(
            Dictionary(
                attributes.map { ($0.name, $0.type) } + blocks.map { ($0.name, $0.type) },
                uniquingKeysWith: { $1 }))
    }

    package func attribute(_ name: String) -> Attribute? { attributes.first { $0.name == name } }
    package func block(_ name: String) -> NestedBlock? { blocks.first { $0.name == name } }

    /// What stands where nothing was written: no attribute, and no block.
    package var empty: CtyValue {
        var fields: [String: CtyValue] = [:]
        for attribute in attributes { fields[attribute.name] = .null }
        for block in blocks { fields[block.name] = block.empty }
        return .object(fields)
    }
}

package enum Nesting: Int, Sendable, Hashable {
    case single = 1
    case list, set, map
    /// A single block that is always there, be it written or not.
    case group

    fileprivate func type(of element: CtyType) -> CtyType {
        switch self {
        case .single, .group: element
        case .list: .list(element)
        case .set: .set(element)
        case .map: .map(element)
        }
    }
}

package struct Attribute: Sendable, Hashable {
    package var name: String
    package var type: CtyType
    /// What it is made of, in protocol 6, where each part says who gives it.
    package var nested: NestedObject?
    package var isRequired = false
    package var isOptional = false
    /// The provider gives it, where the configuration does not.
    package var isComputed = false
    package var isSensitive = false
    /// Goes to the provider and is never kept.
    package var isWriteOnly = false

    package init(_ name: String, _ type: CtyType, nested: NestedObject? = nil) {
        self.name = name
        self.nested = nested
        self.type = nested?.type ?? type
    }
}

/// An attribute of attributes.
package struct NestedObject: Sendable, Hashable {
    package var attributes: [Attribute]
    package var nesting: Nesting

    package init(_ nesting: Nesting, _ attributes: [Attribute]) {
        (self.attributes, self.nesting) = (attributes, nesting)
    }

    package var type: CtyType {
        nesting.type(
            of: .object(Dictionary(attributes.map { ($0.name, $0.type) }, uniquingKeysWith: { $1 })))
    }
    /// The same as a block without blocks: what holds for a block's attributes holds for these.
    package var block: Block { Block(attributes: attributes) }
}

package struct NestedBlock: Sendable, Hashable {
    package var name: String
    package var block: Block
    package var nesting: Nesting
    /// How many there must be, and may be; 0 is no limit.
    package var least = 0
    package var most = 0

    package init(_ name: String, _ nesting: Nesting, _ block: Block) {
        (self.name, self.nesting, self.block) = (name, nesting, block)
    }

    /// Blocks that hold what has a type of its own can't be of one type, and so go as a tuple or an object of their own.
    package var hasOwnTypes: Bool { (nesting == .list || nesting == .map) && block.type.hasDynamic }
    package var type: CtyType { hasOwnTypes ? .dynamic : nesting.type(of: block.type) }

    /// What stands where no block was written.
    package var empty: CtyValue {
        switch nesting {
        case .single: .null
        case .group: block.empty
        case .list: value(of: [])
        case .set: .set(CtySet([]))
        case .map: value(of: [:])
        }
    }

    /// The value that holds these blocks.
    package func value(of items: [CtyValue]) -> CtyValue {
        if nesting == .set { return .set(CtySet(items)) }
        guard hasOwnTypes else { return .list(items) }
        return .dynamic(.tuple(items.map { block.type.concrete(for: $0) }), .list(items))
    }
    package func value(of fields: [String: CtyValue]) -> CtyValue {
        guard hasOwnTypes else { return .object(fields) }
        return .dynamic(.object(fields.mapValues { block.type.concrete(for: $0) }), .object(fields))
    }
}

extension CtyType {
    /// The same with the types of what has its own, as a value that holds it is typed.
    func concrete(for value: CtyValue) -> CtyType {
        switch (self, value) {
        case (.dynamic, .dynamic(let own, _)): own
        case (.object(let attributes, let optional), .object(let fields)):
            .object(
                Dictionary(
                    uniqueKeysWithValues: attributes.map {
                        ($0.key, $0.value.concrete(for: fields[$0.key] ?? .null))
                    }), optional: optional)
        default: self
        }
    }
}

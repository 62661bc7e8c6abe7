import Cty
import Foundation

/// A state as Terraform and OpenTofu keep it, of format 4 (`terraform.tfstate`, `terraform state pull`): its objects, each
/// as Martlet would remember it.
package struct StateFile: Sendable {
    package var objects: [Object] = []
    /// How many data sources it has, which are nobody's to take over: they are read anew.
    package var dataSources = 0

    /// One instance of a resource.
    package struct Object: Sendable {
        /// As Terraform names it: `module.net.aws_vpc.main["eu"]`.
        package var address: String
        /// `module.net`; empty in the root module.
        package var module: String
        package var type: String
        package var name: String
        /// Of `for_each`, or the number of `count`.
        package var key: String?
        /// The provider's address: `registry.terraform.io/hashicorp/aws`.
        package var provider: String
        /// Nil where only what was deposed is left.
        package var state: TerraformState?
        /// Replaced, and not yet deleted.
        package var deposed: [TerraformState] = []
        /// Addresses without keys.
        package var dependencies: Set<String> = []
        /// Why it can't be taken over.
        package var problem: String?

        /// The resource's address, without its key.
        package var resource: String { Self.resource(module, type, name) }
        static func resource(_ module: String, _ type: String, _ name: String) -> String {
            (module.isEmpty ? "" : module + ".") + "\(type).\(name)"
        }
    }
}

/// Why a file can't be read as a state. No value of it is named.
package struct StateFileError: Error, Sendable, Hashable {
    package var message: String
    package var hint: String?
    init(_ message: String, hint: String? = nil) { (self.message, self.hint) = (message, hint) }
}

extension StateFile {
    package init(_ bytes: [UInt8]) throws(StateFileError) {
        let root: JSON
        do { root = try JSON(bytes) } catch { throw StateFileError("it is \(error.message)") }
        guard case .object = root else { throw StateFileError("it is no JSON object") }
        guard root["encrypted_data"] == nil else {
            throw StateFileError(
                "it is encrypted",
                hint: "write it in clear with 'tofu state pull >FILE', and remove it afterwards")
        }
        guard let version = root["version"]?.int else {
            throw StateFileError(
                "it has no 'version'",
                hint: "name a 'terraform.tfstate', or what 'terraform state pull' prints")
        }
        guard version == 4 else {
            throw StateFileError(
                "it is of format \(version), not 4",
                hint: version < 4
                    ? "let Terraform 0.13 or newer write it anew, with 'terraform refresh'" : nil)
        }
        guard let resources = root["resources"]?.items else {
            throw StateFileError(
                "it has no 'resources'",
                hint:
                    "the file beside a remote backend only says where the state is: use 'terraform state pull'"
            )
        }
        for (index, resource) in resources.enumerated() {
            do throws(StateFileError) { try take(resource) } catch {
                throw StateFileError("resources[\(index)]: \(error.message)", hint: error.hint)
            }
        }
    }

    private mutating func take(_ resource: JSON) throws(StateFileError) {
        let (type, name) = (try resource.text("type"), try resource.text("name"))
        guard let instances = resource["instances"]?.items else {
            throw StateFileError("'instances' is no list")
        }
        guard try resource.text("mode") == "managed" else {
            dataSources += instances.count
            return
        }
        let provider = try Self.provider(try resource.text("provider"))
        let module = resource["module"]?.string ?? ""
        var (found, order) = ([String?: Object](), [String?]())
        for instance in instances {
            let (key, suffix) = try Self.key(instance)
            if found[key] == nil {
                order.append(key)
                found[key] = Object(
                    address: Object.resource(module, type, name) + suffix, module: module, type: type,
                    name: name,
                    key: key, provider: provider)
            }
            found[key]?.take(instance)
        }
        objects += order.compactMap { found[$0] }
    }

    /// `provider["registry.terraform.io/hashicorp/aws"].eu`, in a module with the module's name before it: the address.
    private static func provider(_ text: String) throws(StateFileError) -> String {
        guard let start = text.range(of: "provider[\""),
            let end = text.range(of: "\"]", range: start.upperBound..<text.endIndex)
        else {
            throw StateFileError(
                "'\(text.prefix(100))' names no provider's address",
                hint: "let Terraform 0.13 or newer write it anew, with 'terraform refresh'")
        }
        return String(text[start.upperBound..<end.lowerBound])
    }

    /// The key itself, and as it stands in an address.
    private static func key(_ instance: JSON) throws(StateFileError) -> (String?, String) {
        switch instance["index_key"] {
        case nil, .null?: return (nil, "")
        case .string(let key)?:
            let quoted = JSON.string(key).text
            return (key, "[\(quoted)]")
        case .number(let number)?: return (number.text, "[\(number.text)]")
        default: throw StateFileError("an 'index_key' is neither text nor number")
        }
    }
}

extension StateFile.Object {
    fileprivate mutating func take(_ instance: JSON) {
        guard let attributes = instance["attributes"], case .object = attributes else {
            problem = "its attributes are written as Terraform 0.11 did"
            return
        }
        var state = TerraformState(
            provider: provider, type: type, version: instance["schema_version"]?.int ?? 0,
            attributes: attributes)
        if let text = instance["private"]?.string {
            guard let bytes = Data(base64Encoded: text) else {
                problem = "its private bytes are no base 64"
                return
            }
            state.privateBytes = Array(bytes)
        }
        if let identity = instance["identity"], case .object = identity {
            (state.identity, state.identityVersion) = (
                identity, instance["identity_schema_version"]?.int ?? 0
            )
        }
        state.isTainted = instance["status"]?.string == "tainted"
        dependencies.formUnion(instance["dependencies"]?.items?.compactMap(\.string) ?? [])
        if instance["deposed"]?.string != nil {
            deposed.append(state)
        } else if self.state == nil {
            self.state = state
        } else {
            problem = "it is there twice"
        }
    }
}

extension JSON {
    fileprivate subscript(name: String) -> JSON? {
        guard case .object(let fields) = self else { return nil }
        return fields[name]
    }
    fileprivate var items: [JSON]? { if case .array(let items) = self { items } else { nil } }
    fileprivate var string: String? { if case .string(let text) = self { text } else { nil } }
    fileprivate var int: Int? {
        guard case .number(let number) = self else { return nil }
        return number.int.flatMap { Int(exactly: $0) }
    }
    fileprivate func text(_ name: String) throws(StateFileError) -> String {
        guard let text = self[name]?.string, !text.isEmpty else {
            throw StateFileError("'\(name)' is no text")
        }
        return text
    }
}

/// Where one package can be had.
package struct PackageLocation: Hashable, Sendable {
    package enum Form: Hashable, Sendable {
        /// Unpacked, in a folder.
        case folder(String)
        /// Packed, in a file.
        case archive(String)
        /// Packed, at an address, with what its mirror says of it; empty where that says nothing.
        case remote(String, hashes: [PackageHash])
    }
    package var provider: ProviderAddress
    package var version: ProviderVersion
    package var platform: ProviderPlatform
    package var form: Form
    /// The mirror's path or address, for people.
    package var mirror: String
}

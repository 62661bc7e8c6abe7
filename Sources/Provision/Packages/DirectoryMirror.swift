import Foundation
import Model

/// A folder with packages, as Terraform and OpenTofu lay one out: unpacked under
/// `HOST/NAMESPACE/TYPE/VERSION/OS_ARCH/`, or packed as `HOST/NAMESPACE/TYPE/terraform-provider-TYPE_VERSION_OS_ARCH.zip`.
package struct DirectoryMirror: Sendable {
    /// Absolute.
    package let path: String
    package init(_ path: String) { self.path = path }

    /// Everything it has of a provider; empty where there is nothing. What is no package is passed over.
    package func packages(of provider: ProviderAddress) throws(PackageError) -> [PackageLocation] {
        guard FileManager.default.fileExists(atPath: path) else {
            throw PackageError(
                "mirror '\(path)' is not there", hint: "make it with 'terraform providers mirror \(path)'")
        }
        let folder = "\(path)/\(provider)"
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return [] }
        var found: [PackageLocation] = []
        for name in names.sorted() {
            if let (version, platform) = Self.archive(name, of: provider) {
                found.append(location(provider, version, platform, .archive("\(folder)/\(name)")))
                continue
            }
            guard let version = try? ProviderVersion(name),
                let platforms = try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(name)")
            else { continue }
            for entry in platforms.sorted() {
                var isFolder: ObjCBool = false
                let path = "\(folder)/\(name)/\(entry)"
                guard let platform = try? ProviderPlatform(entry),
                    FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue
                else { continue }
                found.append(location(provider, version, platform, .folder(path)))
            }
        }
        return found
    }

    private func location(
        _ provider: ProviderAddress, _ version: ProviderVersion, _ platform: ProviderPlatform,
        _ form: PackageLocation.Form
    ) -> PackageLocation {
        PackageLocation(
            provider: provider, version: version, platform: platform, form: form, mirror: path)
    }

    /// What a file's name says, whatever the case of its letters.
    private static func archive(
        _ name: String, of provider: ProviderAddress
    ) -> (ProviderVersion, ProviderPlatform)? {
        let (name, prefix) = (name.lowercased(), "terraform-provider-\(provider.type)_")
        guard name.hasPrefix(prefix), name.hasSuffix(".zip") else { return nil }
        let parts = name.dropFirst(prefix.count).dropLast(4).split(separator: "_")
        guard parts.count == 3, let version = try? ProviderVersion(String(parts[0])),
            let platform = try? ProviderPlatform("\(parts[1])_\(parts[2])")
        else { return nil }
        return (version, platform)
    }
}

import Foundation
import Model

@testable import Manifests
@testable import Repository
@testable import martlet

/// What reads bytes from outside. Whatever they are, each must come to an end, and neither stop the process nor say
/// what can't be.
enum FuzzTarget {
    typealias Body = @Sendable (UnsafeRawBufferPointer) -> Void

    /// A new reader of bytes is one line here, and its seeds a folder of its name under `Tests/Fuzz/seeds`.
    static let all: [String: Body] = [
        "allowed-signers": { allowedSigners(text($0)) },
        "commit": { commit($0) },
        "configuration": { _ = try? Configuration.parse(Data($0), file: "/etc/martlet/martlet.yaml") },
        "gpg-status": { _ = try? GPGStatus(text($0)).signer(isSuccess: true, keyring: "") },
        "hook-body": { hookBody($0) },
        "hook-signature": { hookSignature($0) },
        "ignore-rules": { _ = IgnoreRules(text($0)).isManifest("a/b/c.yaml") },
        "known-hosts": { _ = KnownHosts(text($0)).verdict(on: Data($0.suffix(51)), of: "host", port: 22) },
        "manifests": { manifests($0) },
        "name-index": { names($0) },
        "remote-url": { _ = try? RemoteURL(text($0)) },
        "ssh-signature": { signature($0) },
    ]

    private static func text(_ bytes: UnsafeRawBufferPointer) -> String {
        String(decoding: bytes, as: UTF8.self)
    }

    private static let loader = Loader(
        kinds: allKinds, settings: ValidationSettings(.folder("/shop"), project: "shop").source)

    private static func manifests(_ bytes: UnsafeRawBufferPointer) {
        let file = loader.parse(bytes)
        for problem in file.diagnostics(in: "a.yaml") {
            precondition((problem.location?.line ?? 0) > 0 && (problem.location?.column ?? 0) > 0)
        }
        var catalog = Catalog(kinds: allKinds, settings: loader.settings)
        let delta = catalog.take([CatalogChange("a.yaml", file)])
        precondition(delta.changed.allSatisfy { $0.file == "a.yaml" })
        _ = catalog.take([CatalogChange("a.yaml", nil)])
        precondition(catalog.resourceCount == 0)
    }

    private static func allowedSigners(_ text: String) {
        _ = try? RevokedKeys(text)
        guard let signers = try? AllowedSigners(text) else { return }
        for entry in signers.entries {
            guard let key = try? SSHPublicKey(blob: entry.key) else {
                preconditionFailure("a key that is none")
            }
            _ = try? signers.signer(key, at: [0, 1 << 40], file: "")
        }
    }

    private static func commit(_ bytes: UnsafeRawBufferPointer) {
        guard let object = try? SignedObject(commit: bytes) else { return }
        precondition(object.payload.count <= bytes.count)
        if object.signature == nil, !bytes.contains(UInt8(ascii: "g")) {
            precondition(object.payload == Array(bytes))
        }
    }

    /// Both forms.
    private static func signature(_ bytes: UnsafeRawBufferPointer) {
        for signature in [try? SSHSignature(armoured: text(bytes)), try? SSHSignature(Array(bytes))] {
            guard let signature else { continue }
            _ = try? signature.signs(Array("a payload".utf8))
        }
    }

    private static func names(_ bytes: UnsafeRawBufferPointer) {
        guard let index = NameIndex(Data(bytes)) else { return }
        let id = ResourceID("secret", "shop", "s3")
        for number in index.declaring(id) + index.naming(id) + [index.nearest(to: id) ?? 0] {
            _ = index.file(number)
        }
        _ = index.number(of: "f3/3.yaml")
    }
}

import Foundation

/// Objects of one provider, the same for both programs; each program has a world of its own.
struct ProviderObjects {
    enum Program: String { case martlet, terraform }

    let count: Int
    /// How the provider is called in both configurations.
    let provider: String
    /// Its address.
    let source: String
    let type: String
    /// Where its packages are, unpacked.
    let mirror: URL
    var environment: [String: String] = [:]
    let settings: (Program) -> [String: Any]
    let fields: (Int, Program) -> [String: Any]

    static func name(_ index: Int) -> String { "thing-\(index)" }

    /// Of our own provider, whose worlds are folders.
    static func things(_ count: Int, mirror: URL, in folder: URL) -> ProviderObjects {
        ProviderObjects(
            count: count, provider: "peer", source: "registry.example/martlet/peer", type: "peer_thing",
            mirror: mirror, settings: { ["world": folder.appending(path: "\($0)-world").filePath] },
            fields: { index, _ in
                [
                    "name": name(index), "size": index, "enabled": true, "zone": "eu",
                    "tags": ["team": "core", "number": "\(index)"], "ports": [80, 443],
                    "hosts": ["a.example", "b.example"],
                ]
            })
    }

    /// Of `hashicorp/aws`.
    static func parameters(_ count: Int, mirror: URL, port: Int) -> ProviderObjects {
        let settings: [String: Any] = [
            "region": "eu-west-1", "skip_credentials_validation": true, "skip_requesting_account_id": true,
            "skip_region_validation": true, "skip_metadata_api_check": "true",
        ]
        var objects = ProviderObjects(
            count: count, provider: "aws", source: "registry.terraform.io/hashicorp/aws",
            type: "aws_ssm_parameter", mirror: mirror, settings: { _ in settings },
            fields: { index, program in
                ["name": "/\(program)/\(name(index))", "type": "String", "value": "value \(index)"]
            })
        // Nobody's secrets. (An `endpoints` block costs the provider seconds.)
        objects.environment = [
            "AWS_ENDPOINT_URL": "http://127.0.0.1:\(port)", "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true",
        ]
        return objects
    }
}

extension ProviderObjects {
    /// The mirror that `MARTLET_TEST_PROVIDER_MIRROR` names, or the first of Terraform's own CLI configuration, if it has
    /// `hashicorp/aws` unpacked.
    static var mirrorOfAWS: URL? {
        let environment = ProcessInfo.processInfo.environment
        let file = environment["TF_CLI_CONFIG_FILE"] ?? (environment["HOME"] ?? "") + "/.terraformrc"
        let configured = (try? String(contentsOfFile: file, encoding: .utf8))?
            .firstMatch(of: /filesystem_mirror\s*\{[^}]*path\s*=\s*"([^"]+)"/).map { String($0.1) }
        guard let path = environment["MARTLET_TEST_PROVIDER_MIRROR"] ?? configured else { return nil }
        let packages = "\(path)/registry.terraform.io/hashicorp/aws"
        return FileManager.default.fileExists(atPath: packages) ? URL(filePath: path) : nil
    }

    static func json(_ object: Any) throws -> Data {
        try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
    }
    private static func text(_ object: Any) throws -> String {
        String(decoding: try json(object), as: UTF8.self)
    }

    /// What Martlet's configuration says of the provider.
    func configuration() throws -> String {
        """
        providers: {mirrors: [{filesystem: "\(mirror.filePath)"}]}
        engines:
          \(provider):
            type: terraform
            source: \(source)
            config: \(try Self.text(settings(.martlet)))
            environment: \(try Self.text(environment))
        """
    }
    func history() throws -> GitHistory {
        func file(_ index: Int) throws -> GitHistory.File {
            let config = try Self.text(fields(index, .martlet))
            return GitHistory.File(
                path: "part-\(index / 500)/\(Self.name(index)).yaml",
                text: """
                    apiVersion: martlet/v1
                    kind: Infrastructure
                    metadata: {name: \(Self.name(index))}
                    spec:
                      provider: \(provider)
                      type: \(type)
                      config: \(config)

                    """)
        }
        return GitHistory(try (0..<count).map(file), changed: try file(0))
    }
    func terraform() throws -> Data {
        let things = Dictionary(
            uniqueKeysWithValues: (0..<count).map { (Self.name($0), fields($0, .terraform)) })
        return try Self.json([
            "terraform": ["required_providers": [provider: ["source": source]]],
            "provider": [provider: settings(.terraform)], "resource": [type: things],
        ])
    }

    /// Terraform's state, format 4, of things of ours that stand as they do in Martlet's world; and they stand in its own
    /// from now on. To make 5,000 of them by itself takes it many minutes.
    func takeOver(in folder: URL) throws -> Data {
        let (ours, theirs) = (
            folder.appending(path: "martlet-world"), folder.appending(path: "terraform-world")
        )
        try FileManager.default.copyItem(at: ours, to: theirs)
        let resources = try (0..<count).map { index -> [String: Any] in
            let file = theirs.appending(path: "\(type)/\(Self.name(index)).json")
            let attributes = try JSONSerialization.jsonObject(with: Data(contentsOf: file))
            let sensitive = ["key", "token"].map { [["type": "get_attr", "value": $0]] }
            return [
                "mode": "managed", "type": type, "name": Self.name(index),
                "provider": "provider[\"\(source)\"]",
                "instances": [
                    ["schema_version": 0, "attributes": attributes, "sensitive_attributes": sensitive]
                ],
            ]
        }
        return try Self.json([
            "version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": UUID().uuidString,
            "outputs": [:], "resources": resources,
        ])
    }
}

import Foundation
import Repository

/// What is left to do by hand after `martlet init`.
struct InitGuide {
    private let draft: ConfigurationDraft
    private let folder: String

    init(_ draft: ConfigurationDraft, folder: String) { (self.draft, self.folder) = (draft, folder) }

    /// A file that believes nobody yet, and says how that changes.
    static func hosts(_ draft: ConfigurationDraft, folder: String) -> String {
        """
        # The keys of the host of \(draft.url). Nobody has verified one yet:
        # \(scan(draft, folder))
        # and compare what 'ssh-keygen -lf' says of this file with what the host publishes.

        """
    }

    private static func scan(_ draft: ConfigurationDraft, _ folder: String) -> String {
        let port = draft.url.port.map { "-p \($0) " } ?? ""
        return "ssh-keyscan -t ed25519,ecdsa \(port)\(draft.url.host) >> \(hosts(in: folder))"
    }
    private static func hosts(in folder: String) -> String {
        "\(folder)/\(ConfigurationDraft.hostsName)".shellQuoted
    }

    var text: String {
        let steps = hostSteps + keySteps + tokenSteps + hookSteps + webhookSteps + [last]
        let numbered = steps.enumerated().map { "\n\($0 + 1). \($1)\n" }
        return "wrote \(folder)/\(ConfigurationDraft.configurationName)\n" + numbered.joined()
    }

    private var hostSteps: [String] {
        guard draft.isSSH else { return [] }
        return [
            """
            Let it know the host, which nothing but you can vouch for:
                 \(Self.scan(draft, folder))
                 ssh-keygen -lf \(Self.hosts(in: folder))
               The fingerprints must be those that \(draft.url.host) publishes.
            """
        ]
    }

    private var keySteps: [String] {
        guard draft.needsKey else { return [] }
        let file = "\(folder)/\(ConfigurationDraft.keyName).pub"
        let key = (try? String(contentsOfFile: file, encoding: .utf8))?
            .trimmingCharacters(in: .whitespacesAndNewlines)
        return [
            """
            Paste this into the repository's deploy keys; reading is all it needs:
                 \(key ?? file)
            """
        ]
    }

    private var tokenSteps: [String] {
        guard draft.url.scheme == .https else { return [] }
        return [
            """
            If the repository is private, put a token that may read it into \(folder)/token
               (mode 0600), and take the '#' from 'token' in martlet.yaml.
            """
        ]
    }

    private var hookSteps: [String] {
        guard draft.hasForge else { return [] }
        let (name, file) = (ConfigurationDraft.hookName, "\(folder)/\(ConfigurationDraft.hookSecretName)")
        let settings =
            draft.forge == nil
            ? "name its provider under 'hooks' in martlet.yaml, without the '#',\n   set 'listen',"
            : "set 'listen' in martlet.yaml,\n  "
        return [
            """
            To hear of pushes at once, \(settings) have a proxy with TLS before it, and give the forge a webhook for pushes:
                 URL           https://YOUR-HOST/hooks/\(name)
                 content type  application/json
                 secret        what is in \(file)
               'martlet webhook test \(name)' tries it; without any of this, the repository is polled.
            """
        ]
    }

    private var webhookSteps: [String] {
        let file = "\(folder)/\(ConfigurationDraft.secretName)"
        guard draft.webhook != nil else { return [] }
        return [
            """
            Give the webhook's receiver the secret in this file, and nobody else:
                 \(file)
            """
        ]
    }

    private var last: String {
        let option =
            [Configuration.userFolder, Configuration.systemFolder].contains(folder)
            ? "" : " --config \("\(folder)/\(ConfigurationDraft.configurationName)".shellQuoted)"
        return """
            Check it, then start it:
                 martlet serve\(option) --check-config
                 martlet serve\(option)
            """
    }
}

extension String {
    /// One word of a shell's command line.
    fileprivate var shellQuoted: String {
        let isPlain = unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || "0123456789-_./@:+".unicodeScalars.contains($0)
        }
        return isPlain && !isEmpty ? self : "'\(replacing("'", with: "'\\''"))'"
    }
}

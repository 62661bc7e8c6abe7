import Foundation
import Repository
import Server

/// A configuration that is about to be written, as a person will read it.
struct ConfigurationDraft {
    var url: RemoteURL
    var name: String
    var project: String
    var path = ""
    var revision = "main"
    var roots: [String] = []
    /// Absolute; nil for a new key.
    var sshKey: String?
    /// Where status is posted to.
    var webhook: String?
    /// Who says when something is pushed; nil where that is not known.
    var forge: HookProvider?

    static let configurationName = "martlet.yaml", keyName = "deploy_key", hostsName = "known_hosts"
    static let secretName = "webhook.secret", hookSecretName = "hook.secret", hookName = "forge"

    var isSSH: Bool { url.scheme == .ssh }
    var needsKey: Bool { isSSH && sshKey == nil }
    /// A repository of this machine is pushed to by people who can ask themselves.
    var hasForge: Bool { url.scheme != .file }

    /// What is written beside each other.
    var fileNames: [String] {
        var names = [Self.configurationName, Self.secretName]
        if hasForge { names.append(Self.hookSecretName) }
        if isSSH { names.append(Self.hostsName) }
        if needsKey { names += [Self.keyName, "\(Self.keyName).pub"] }
        return names
    }

    var text: String {
        """
        # The configuration of a Martlet controller. 'martlet explain Configuration' says what each key means, and
        # 'martlet serve --check-config' checks this file. A running controller reads it again on 'martlet reload'.
        # Relative paths are taken from this file's folder.

        # As commit statuses and messages carry it.
        name: martlet

        # Everything that must last: keep it, and keep it private.
        # Left out: /var/lib/martlet for root, else ~/.local/state/martlet.
        # state: /var/lib/martlet

        # A port for the API and metrics. Left out: the unix socket in 'state' alone.
        # listen: 127.0.0.1:7070

        repositories:
          \(name):
            url: \(url.description.yaml)
        \(login)
            # How often it is polled.
            interval: 1m

        sources:
          \(name):
            repository: \(name.yaml)
        \(folder)
            revision: \(revision.yaml)
            # The project of manifests that name none.
            project: \(project.yaml)
            # What ${var.env} gives in its manifests.
            # variables: {env: production}
            # What it may, beyond its own project and the embedded engines. Whoever can merge to the repository can
            # do this and no more.
            allow:
              # Paths of secrets; '*' stands for one part, '**' at the end for the rest.
              secrets: [\("\(project)/**".yaml)]
        \(rootLines)
            # Deletes that one pass may start by itself; more wait for 'martlet apply SOURCE --confirm-deletes DIGEST'.
            maxDeletes: 10%

        \(hookLines)\(webhookLines)

        """
    }

    private var login: String {
        switch url.scheme {
        case .ssh:
            """
                sshKey: \((sshKey ?? Self.keyName).yaml)
                # The host's keys, as ssh-keyscan prints them: no other host is believed.
                knownHosts: \(Self.hostsName)
            """
        case .https, .http:
            """
                # For a private repository: a file of mode 0600 that holds a token, or a variable.
                # token: {file: token}
            """
        case .file:
            """
                # On this machine, so nothing is needed to read it.
            """
        }
    }

    private var folder: String {
        path.isEmpty
            ? """
                # The folder in the repository. Left out: all of it.
                # path: manifests
            """
            : """
                # The folder in the repository.
                path: \(path.yaml)
            """
    }

    private var rootLines: String {
        roots.isEmpty
            ? """
                  # Folders that it may make files under. Left out: none.
                  # roots: [/srv/\(project)]
            """
            : """
                  # Folders that it may make files under.
                  roots: [\(roots.map(\.yaml).joined(separator: ", "))]
            """
    }

    private var hookLines: String {
        guard hasForge else { return "" }
        let lines = """
            hooks:
              \(Self.hookName): {provider: \((forge ?? .gitea).rawValue), secrets: [{file: \(Self.hookSecretName)}], sources: [\(name.yaml)]}
            """
        let title = """
            # Where the forge says that something was pushed, so that nothing waits for the poll: it posts to
            # https://YOUR-HOST/hooks/\(Self.hookName), which 'listen' or a proxy before it answers.
            """
        if forge != nil { return "\(title)\n\(lines)\n\n" }
        let providers = HookProvider.allCases.map(\.rawValue).joined(separator: ", ")
        let commented = lines.split(separator: "\n").map { "# \($0)" }.joined(separator: "\n")
        return "\(title)\n# Providers: \(providers).\n\(commented)\n\n"
    }

    private var webhookLines: String {
        let lines = """
            webhooks:
              status:
                url: \((webhook ?? "https://chat.example/hooks/martlet").yaml)
                # The receiver checks the signature with the same secret, as Standard Webhooks say.
                secrets: [{file: \(Self.secretName)}]
            """
        let title = "# Where status is posted to, signed."
        if webhook != nil { return "\(title)\n\(lines)" }
        return "\(title)\n" + lines.split(separator: "\n").map { "# \($0)" }.joined(separator: "\n")
    }
}

extension HookProvider {
    /// Whose host it is, where its name says so.
    init?(host: String) {
        let known: [(String, HookProvider)] = [
            ("github", .github), ("gitlab", .gitlab), ("bitbucket", .bitbucket), ("codeberg", .forgejo),
            ("forgejo", .forgejo), ("gitea", .gitea),
        ]
        let labels = host.lowercased().split(separator: ".")
        guard let found = known.first(where: { name, _ in labels.contains { $0 == name } }) else {
            return nil
        }
        self = found.1
    }
}

extension String {
    /// As a scalar that YAML reads as this text, whatever is in it.
    fileprivate var yaml: String {
        let plain = unicodeScalars.allSatisfy { scalar in
            ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
                || "-_./@:+".unicodeScalars.contains(scalar)
        }
        let isText = first.map { $0.isLetter || $0 == "/" } ?? false
        if plain, isText, !hasSuffix(":"), !["true", "false", "null", "yes", "no"].contains(lowercased()) {
            return self
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }
}

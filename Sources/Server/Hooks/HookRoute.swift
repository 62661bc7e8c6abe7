/// Where webhooks of one sender come in: `/hooks/<name>`.
package struct HookRoute: Sendable {
    package var name: String
    package var provider: HookProvider
    /// The sources that are fetched.
    package var sources: [String]
    /// Names of branches, `*` standing for any characters, or whole references (`refs/tags/v*`); empty for everything.
    package var branches: [String]
    package var rate: HookRate
    /// One of its sources is of a repository whose requests are previewed.
    package var hearsRequests = false
    /// What senders may sign with now. Never empty; `HookRefusal` says, without a secret, why there is none.
    package var secrets: @Sendable () async -> Result<[HookSecret], HookRefusal>

    package init(
        _ name: String, _ provider: HookProvider, sources: [String], branches: [String] = [],
        rate: HookRate = HookRate(),
        secrets: @escaping @Sendable () async -> Result<[HookSecret], HookRefusal>
    ) {
        (self.name, self.provider, self.sources) = (name, provider, sources)
        (self.branches, self.rate, self.secrets) = (branches, rate, secrets)
    }

    /// Whether a reference is one that the route listens to.
    func follows(_ reference: String) -> Bool {
        if branches.isEmpty { return true }
        let branch = reference.hasPrefix("refs/heads/") ? reference.dropFirst("refs/heads/".count) : nil
        return branches.contains { pattern in
            pattern.hasPrefix("refs/") ? reference.matches(pattern) : branch?.matches(pattern) ?? false
        }
    }
}

/// Why a delivery is not believed: for the log of the controller, and for nobody else.
package struct HookRefusal: Error, Sendable, Hashable {
    package var cause: String
    package init(_ cause: String) { self.cause = cause }
}

extension StringProtocol {
    /// `*` stands for any characters, none included. Takes time in proportion to the product of both lengths at most.
    fileprivate func matches(_ pattern: String) -> Bool {
        let (text, pattern) = (Array(utf8), Array(pattern.utf8))
        var (place, wanted, star, resume) = (0, 0, -1, 0)
        while place < text.count {
            if wanted < pattern.count, pattern[wanted] == UInt8(ascii: "*") {
                (star, resume) = (wanted, place)
                wanted += 1
            } else if wanted < pattern.count, pattern[wanted] == text[place] {
                (place, wanted) = (place + 1, wanted + 1)
            } else if star >= 0 {
                resume += 1
                (place, wanted) = (resume, star + 1)
            } else {
                return false
            }
        }
        return pattern[wanted...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}

/// Somebody whom a forge knows.
package struct ForgeUser: Hashable, Sendable, Codable {
    /// The forge's own, which outlasts a new name; Bitbucket's in braces.
    package var id: String
    package var name: String
    /// A program that has an account, as far as the forge tells.
    package var isBot = false
    package init(id: String, name: String) { (self.id, self.name) = (id, name) }
}

/// A pull or merge request, as the forge itself tells of it.
package struct ChangeRequest: Hashable, Sendable {
    package enum State: String, Hashable, Sendable, Codable { case open, merged, closed }
    package var number: Int
    package var state: State
    package var title: String
    package var author: ForgeUser
    /// The commit at its head in hex; of Bitbucket its first digits.
    package var head: String
    package var headBranch: String
    /// The branch that it would be merged into.
    package var base: String
    /// Its head is in another repository, or in one that is gone.
    package var isFork: Bool
    package var isDraft: Bool
    /// Its page at the forge.
    package var url: String
    /// Another whenever something about it is, a new comment too.
    package var stamp: String
    /// By the forge's clock, milliseconds since 1970; nil where it does not say.
    package var updated: Int?

    package init(number: Int, state: State, author: ForgeUser, head: String, headBranch: String, base: String)
    {
        (self.number, self.state, self.author, self.head) = (number, state, author, head)
        (self.headBranch, self.base) = (headBranch, base)
        (title, isFork, isDraft, url, stamp) = ("", false, false, "", "")
    }
}

/// What somebody wrote beside a request.
package struct ForgeComment: Hashable, Sendable {
    /// Those that come later have greater ones.
    package var id: Int
    package var author: ForgeUser
    package var text: String
    /// By the forge's clock, milliseconds since 1970.
    package var created: Int
    /// When its text was changed last.
    package var updated: Int

    package init(id: Int, author: ForgeUser, text: String, created: Int, updated: Int) {
        (self.id, self.author, self.text) = (id, author, text)
        (self.created, self.updated) = (created, updated)
    }
    /// Who may write to the repository may change what others wrote, and it still bears their name.
    package var isEdited: Bool { updated > created }
}

/// Why a forge did not say what it was asked.
package struct ForgeFailure: Error, Hashable, Sendable {
    package var sending: Sending
    /// It answered that there is no such thing, or that it may not be seen.
    package var isMissing = false
    /// What is told of it, without the request's address.
    package var words: String { sending.words }

    init(_ sending: Sending) { self.sending = sending }
}

extension Timestamp {
    /// As forges write it: seconds with any fraction or none, and an offset from UTC.
    init?(forgeTime text: String) {
        guard var moment = Timestamp(text.prefix(19) + "Z") else { return nil }
        var rest = text.dropFirst(19)
        if rest.first == "." {
            let digits = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
            moment.milliseconds += Int((digits + "000").prefix(3)) ?? 0
            rest = rest.dropFirst(1 + digits.count)
        }
        let offset = rest.dropFirst().filter { $0 != ":" }
        switch rest.first {
        case "Z" where rest.count == 1: break
        case "+", "-":
            guard offset.count == 4, let clock = Int(offset), clock >= 0 else { return nil }
            let minutes = clock / 100 * 60 + clock % 100
            moment.milliseconds -= (rest.first == "+" ? 1 : -1) * minutes * 60_000
        default: return nil
        }
        self = moment
    }
}

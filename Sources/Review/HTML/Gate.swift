/// The page that asks for a token, and the one that says why something can't be shown.
package enum Gate {
    /// - Parameters:
    ///   - to: the path to go on to.
    ///   - complaint: why the last try was in vain.
    package static func login(to: String, complaint: String? = nil) -> HTMLPage {
        HTMLPage(
            "login", title: "Sign in to Martlet", signedIn: false,
            ["to": to, "complaint": complaint.orHidden, "foot": false])
    }

    package static func problem(_ message: String, hint: String? = nil, signedIn: Bool) -> HTMLPage {
        HTMLPage(
            "problem", title: message, signedIn: signedIn,
            ["message": message, "hint": hint.orHidden, "foot": false])
    }
}

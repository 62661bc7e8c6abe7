import Crypto
import Foundation
import Mustache

/// A whole page for a browser: no script, no picture, nothing from elsewhere, and one style sheet inside.
package struct HTMLPage: Sendable {
    package let text: String

    /// What a template is filled with. Each level names all that its template asks for: a name that is missing would be
    /// looked for further out.
    typealias Fields = [String: Any]

    /// - Parameter refresh: seconds after which a browser asks again; nil for never.
    init(_ template: String, title: String, signedIn: Bool = true, refresh: Int? = nil, _ fields: Fields) {
        let frame: Fields = [
            "title": title, "style": StyleSheet.text, "signedIn": signedIn, "refresh": refresh.orHidden,
        ]
        text =
            Self.library.render(frame.merging(fields) { $1 }, withTemplate: template)
            // The templates are checked by every test that makes a page.
            ?? ""
    }

    /// Nothing but the page's own style, and forms that go back to where it came from.
    package static let contentSecurityPolicy: String = {
        let hash = Data(SHA256.hash(data: Data(StyleSheet.text.utf8))).base64EncodedString()
        return [
            "default-src 'none'", "style-src 'sha256-\(hash)'", "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ].joined(separator: "; ")
    }()

    private static let library: MustacheLibrary = {
        MustacheContentTypes.register(SafeHTML(), named: "SAFE")
        var library = MustacheLibrary()
        for (name, text) in Templates.all {
            do { try library.register("{{% CONTENT_TYPE:SAFE}}\n" + text, named: name) } catch {
                preconditionFailure("template '\(name)': \(error)")
            }
        }
        return library
    }()
}

/// Text from anywhere, for an element or for an attribute in double quotes. Scalar by scalar: a quote that a combining
/// mark follows is one character, and still ends an attribute. Control, bidirectional and invisible characters are shown
/// as escapes.
struct SafeHTML: MustacheContentType {
    func escapeText(_ text: String) -> String {
        var result = ""
        for scalar in text.safeForDisplay.unicodeScalars {
            switch scalar {
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "&": result += "&amp;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "`": result += "&#96;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

extension Optional {
    /// What a template's section shows, or hides.
    var orHidden: Any { map { $0 as Any } ?? false }
}

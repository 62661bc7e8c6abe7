import Foundation
import HTTPClient

/// What the controller itself says.
extension Site {
    /// The state of each resource, by its id; nil where nobody answers.
    func states() async -> [String: String]? {
        struct Told: Decodable {
            struct Resource: Decodable { var id, state: String }
            var resources: [Resource]
        }
        guard let told: Told = await read("/v1/resources") else { return nil }
        return Dictionary(told.resources.map { ($0.id, $0.state) }) { $1 }
    }

    /// What has drifted, each as `id path before -> after cause`; nil where nobody answers.
    func drifts() async -> [String]? {
        struct Told: Decodable {
            struct Text: Decodable { var text: String }
            struct Field: Decodable {
                var path, cause: String
                var before, after: Text?
            }
            struct Planned: Decodable {
                var id, action: String
                var fields: [Field]
            }
            struct Resource: Decodable { var planned: Planned }
            var resources: [Resource]
        }
        guard let told: Told = await read("/v1/sources/shop/drift") else { return nil }
        return told.resources.map(\.planned).flatMap { planned in
            guard planned.action == "update" else { return ["\(planned.id) \(planned.action)"] }
            return planned.fields.map {
                "\(planned.id) \($0.path) \($0.before?.text ?? "") -> \($0.after?.text ?? "") \($0.cause)"
            }
        }.sorted()
    }

    private func read<Answer: Decodable>(_ path: String) async -> Answer? {
        guard let response = await ask(path), response.status == 200 else { return nil }
        return try? JSONDecoder().decode(Answer.self, from: Data(response.body))
    }
}

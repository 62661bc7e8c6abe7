import Review
import Store

/// The one comment beside a request, which bears our name, and which whoever may write can change or delete.
extension RequestWatch {
    /// As it is to stand now; nil where there is none yet.
    func comment(_ preview: StoredPreview) -> OutboxMessage? {
        sticky(preview).flatMap { message(.comment($0), key: "\(preview.request)") }
    }

    private func sticky(_ preview: StoredPreview) -> StickyComment? {
        if preview.comment.isEmpty, preview.note.isEmpty { return nil }
        let text = [preview.comment, preview.note].filter { !$0.isEmpty }.joined(separator: "\n")
        return StickyComment(
            controller: surroundings.controller, repository: surroundings.repository,
            request: preview.request, text: text, digests: Set(preview.plans.values).sorted())
    }

    /// Whether it shows the preview as it was told last: of the note below it there may be a newer one on its way.
    func isAsTold(_ own: ForgeComment, _ preview: StoredPreview) -> Bool {
        var plain = preview
        plain.note = ""
        return sticky(plain).map { forge.shows($0, in: own) } ?? true
    }

    /// Whether it says that and nothing more, with the note below it or without.
    private func stands(_ own: ForgeComment, _ preview: StoredPreview) -> Bool {
        var plain = preview
        plain.note = ""
        let told = [sticky(preview), sticky(plain)].compactMap(\.self)
        return told.isEmpty || told.contains { forge.isWhole(own, $0) }
    }

    /// What is told again where somebody has deleted it, or made something else of it. Of a text that comes back once it was
    /// mended the forge itself may be the author: it is let be.
    func mended(_ own: ForgeComment?, _ preview: StoredPreview) -> OutboxMessage? {
        guard preview.ended != nil else { return nil }
        guard let own else { return comment(preview) }
        if stands(own, preview) {
            strange[preview.request] = nil
            return nil
        }
        guard strange[preview.request] != own.text else { return nil }
        strange[preview.request] = own.text
        return comment(preview)
    }
}

import NIOCore
import Synchronization

/// Answers as they are written, for as long as they are true: many clients wait for the same change, and all of them
/// get the same bytes.
final class CatalogPages: Sendable {
    fileprivate struct Page {
        var index: Int
        var bytes: ByteBuffer
    }
    fileprivate struct State {
        /// By id: healthy endpoints only, and all.
        var services: [Bool: [String: Page]] = [:]
        /// By what is shown; each as new as the newest.
        var lists: [CatalogView.Choice: Page] = [:]
    }
    private let state = Mutex(State())
    /// So many different lists are kept.
    static let mostLists = 8

    func service(_ service: CatalogService, _ choice: CatalogView.Choice) -> ByteBuffer {
        state.withLock { $0.write(service, choice) }
    }

    /// - Parameter make: called where the list of this index is not written yet.
    func list(
        _ index: Int, _ choice: CatalogView.Choice, _ make: () -> CatalogList
    ) -> (index: Int, bytes: ByteBuffer) {
        state.withLock { state in
            if let page = state.lists[choice], page.index == index { return (index, page.bytes) }
            let list = make()
            var bytes = ByteBuffer(string: #"{"index":\#(list.index),"services":["#)
            var separator = ""
            for service in list.services where choice.includes(service) {
                bytes.writeString(separator)
                bytes.writeImmutableBuffer(state.write(service, choice))
                separator = ","
            }
            bytes.writeString("]}")
            state.lists = state.lists.filter { $0.value.index == list.index }
            if state.lists.count >= Self.mostLists { state.lists = [:] }
            state.lists[choice] = Page(index: list.index, bytes: bytes)
            state.forget(allBut: list)
            return (list.index, bytes)
        }
    }
}

extension CatalogPages.State {
    fileprivate mutating func write(_ service: CatalogService, _ choice: CatalogView.Choice) -> ByteBuffer {
        if let page = services[choice.showsAll]?[service.id], page.index == service.index {
            return page.bytes
        }
        // Texts and numbers: there is nothing that JSON can't hold.
        let bytes = ByteBuffer(bytes: APIResponse.written(choice.shown(service)) ?? [])
        services[choice.showsAll, default: [:]][service.id] = .init(index: service.index, bytes: bytes)
        return bytes
    }
    /// Those that have gone, once there are many.
    fileprivate mutating func forget(allBut list: CatalogList) {
        for (showsAll, pages) in services where pages.count > 2 * list.services.count + 100 {
            let ids = Set(list.services.map(\.id))
            services[showsAll] = pages.filter { ids.contains($0.key) }
        }
    }
}

/// What comes of a listing's pages, as far as it is wanted.
struct PageCollector {
    /// One page, and what the next one is asked for with.
    struct Page {
        var objects: [StoredObject]
        var token: String?
    }

    private let limit: Int
    private let place: ObjectPlace
    private var objects: [StoredObject] = []
    private var isComplete = false
    private(set) var token: String?
    private var emptyPages = 0
    /// Pages may be empty, of what has been deleted; a store that sends nothing else is not asked for ever.
    private static let emptyPageLimit = 100

    init(limit: Int, place: ObjectPlace) {
        self.limit = max(1, limit)
        self.place = place
    }

    var wantsMore: Bool { !isComplete && objects.count < limit }
    /// How many more objects are wanted.
    var room: Int { limit - objects.count }
    var listing: ObjectListing { ObjectListing(objects: objects, isComplete: isComplete) }

    /// - Throws: ``ObjectStorageError/Cause/unreadable(_:)`` for pages that lead nowhere.
    mutating func take(_ page: Page) throws(ObjectStorageError) {
        emptyPages += page.objects.isEmpty ? 1 : 0
        guard page.token == nil || page.token != token, emptyPages <= Self.emptyPageLimit else {
            throw ObjectStorageError(.unreadable("its pages do not end"), at: place)
        }
        isComplete = page.token == nil && page.objects.count <= room
        objects += page.objects.prefix(room)
        token = page.token
    }
}

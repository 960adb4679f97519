/// Lists that the gateway answers in pages.
enum Pages {
  /// - Parameters:
  ///   - limit: Items to stop at.
  ///   - page: Asks for the page of a token, "" for the first, of which `missing` items are wanted.
  ///     An empty `next` ends the list, and so does a page without items, so that it always ends.
  static func items<Item>(
    atMost limit: Int = .max,
    _ page: (_ token: String, _ missing: Int) async throws -> (items: [Item], next: String)
  ) async throws -> [Item] {
    var items: [Item] = []
    var token = ""
    repeat {
      let missing = limit - items.count
      let answer = try await page(token, missing)
      items += answer.items.prefix(missing)
      token = answer.items.isEmpty ? "" : answer.next
    } while items.count < limit && !token.isEmpty
    return items
  }
}

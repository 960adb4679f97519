/// A row of a table, and an element of a JSON list.
package protocol ListView: Encodable, Sendable {
  static var columns: [String] { get }
  var cells: [String] { get }
}

/// One object on its own.
package protocol DetailView: Encodable, Sendable {
  var details: [(name: String, value: String)] { get }
}

/// A request that does not have the form it must have.
struct RequestError: Error, Hashable, CustomStringConvertible {
  let message: String

  init(_ message: String) { self.message = message }

  var description: String { message }
}

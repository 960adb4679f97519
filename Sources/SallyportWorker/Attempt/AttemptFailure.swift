/// Why an attempt failed before its command ran; the text is its reason.
struct AttemptFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

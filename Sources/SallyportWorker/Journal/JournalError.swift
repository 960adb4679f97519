/// A journal that cannot be used.
package struct JournalError: Error, CustomStringConvertible {
  package let description: String

  static func version(_ path: String) -> JournalError {
    JournalError(
      description: "\(path) is the journal of another version of this worker: run that version "
        + "until it has drained, or move the file away, which loses results not yet delivered")
  }

  static func tooLong(_ count: Int) -> JournalError {
    JournalError(description: "a journal record of \(count) bytes: at most 65,536 are allowed")
  }
}

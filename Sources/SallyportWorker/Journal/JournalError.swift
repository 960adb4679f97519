/// A file in the journal's place that is no journal.
package struct JournalError: Error, CustomStringConvertible {
  package let path: String

  package var description: String {
    "\(path) is not a Sallyport worker journal: move it away, or name another state directory"
  }
}

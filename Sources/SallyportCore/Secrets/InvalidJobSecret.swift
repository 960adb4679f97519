/// Secrets of a job that cannot be delivered as asked for. Has names, never a value.
package struct InvalidJobSecret: Error, Hashable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}
